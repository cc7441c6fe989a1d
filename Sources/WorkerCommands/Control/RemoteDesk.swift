import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import SwiftWorker

/// Where a command asks workers: options, settings, how replies are printed.
struct RemoteDesk {
    let options: RemoteOptions
    let global: GlobalOptions
    let context: ToolContext
    /// The command, as RabbitMQ shows it among its connections.
    let purpose: String

    var text: ReplyText { ReplyText(style: context.style(global), isQuiet: global.quiet) }

    /// Asks the workers that `-d` names, or all.
    ///
    /// - Parameter heard: called with each reply as it comes.
    /// - Returns: the replies; none when nobody has replied in time.
    /// - Throws: `SettingsError`, or the broker's error.
    func ask(_ request: ControlRequest, heard: (ControlReply) -> Void = { _ in }) async throws -> [ControlReply] {
        try await withClient { try await ask(request, client: $0, heard: heard) }
    }

    func ask(
        _ request: ControlRequest,
        client: ControlClient,
        heard: (ControlReply) -> Void = { _ in }
    ) async throws -> [ControlReply] {
        var request = request
        request.destination = options.destinations
        return try await client.call(
            request,
            as: UUID().uuidString.lowercased(),
            timeout: .seconds(options.timeout),
            now: WorkerClock.system.wall(),
            heard: heard
        )
    }

    func withClient<Result>(_ body: (ControlClient) async throws -> Result) async throws -> Result {
        let effective = try context.settings(global)
        let mailbox = try ControlMailbox(effective.settings)
        return try await context.withSession(effective, for: purpose) { session in
            try await body(ControlClient(session: session, mailbox: mailbox))
        }
    }

    /// Says that nobody has replied.
    ///
    /// - Returns: the exit code for that.
    func nobodyReplied() -> Int32 {
        context.console.complain("Error: No nodes replied within time constraint")
        return ProcessExit.unavailable
    }
}

import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import Logging
import OrderedCollections
import Platform
import SwiftWorker

/// Runs `swiftworker control`; its output is that of `celery control`.
struct ControlTool {
    let options: ControlOptions
    let environment: [String: String]
    let console: Console

    /// - Returns: the exit code: 69 when no worker has replied.
    /// - Throws: `SettingsError`, `StartError`, or the broker's error.
    func run() async throws -> Int32 {
        let request = try request()
        if let folder = options.global.workdir { try ThisProcess.changeDirectory(folder) }
        let loader = SettingsLoader(
            file: options.global.config,
            environment: environment,
            options: SettingsLoader.given(in: options.global)
        )
        let effective = try loader.load()
        let mailbox = try ControlMailbox(effective.settings)
        let logger = Logger(label: "control") { _ in SwiftLogNoOpLogHandler() }
        let broker = try BrokerSetup.make(effective, nodeName: "control", logger: logger)
        let session = try await broker.makeSession()
        let replies: [ControlReply]
        do {
            replies = try await ControlClient(session: session, mailbox: mailbox).call(
                request,
                as: UUID().uuidString.lowercased(),
                timeout: .seconds(options.timeout),
                now: WorkerClock.system.wall(),
                heard: { if !options.json { console.print(Self.text($0)) } }
            )
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        guard !replies.isEmpty else {
            console.complain("Error: No nodes replied within time constraint")
            return ProcessExit.unavailable
        }
        if options.json {
            console.print(Self.json(.array(replies.map { .object([$0.node: $0.value]) })))
        }
        return ProcessExit.success
    }

    /// What is to be sent.
    ///
    /// - Throws: `StartError` for a command that there is not, or other words than it takes.
    private func request() throws(StartError) -> ControlRequest {
        guard let command = RemoteCommand.control.first(where: { $0.name == options.command }) else {
            let names = RemoteCommand.control.map(\.name)
            let hint = Suggestion.hint(for: options.command, among: names)
            throw StartError("no command '\(options.command)'\(hint); there are \(names.joined(separator: ", "))")
        }
        guard let arguments = command.arguments(options.arguments) else {
            throw StartError("\(command.name) takes \(command.signature)")
        }
        guard options.timeout > 0, options.timeout <= 3600 else {
            throw StartError("--timeout: expected 0 to 3600 seconds, found \(options.timeout)")
        }
        var request = ControlRequest(command.name, arguments)
        request.destination = commaSeparated(options.destination ?? "")
        return request
    }

    /// A reply as Celery prints it.
    static func text(_ reply: ControlReply) -> String {
        let (status, body) =
            if let done = reply.value["ok"] {
                ("OK", done)
            } else if let problem = reply.value["error"] {
                ("ERROR", problem)
            } else {
                ("OK", reply.value)
            }
        return "->  \(reply.node): \(status)\n        \(body.string ?? Self.json(body))"
    }

    private static func json(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }
}

import ArgumentParser
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// `swiftworker control`.
struct ControlWorkers: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "control",
        abstract: "Tells running workers to do something.",
        discussion: """
            Commands:
            \(RemoteCommand.list(RemoteCommand.control))

            All workers of the broker are told, Python ones included, unless -d names some. Python workers don't know \
            pause and resume. With swiftworker_control_url revokes, pauses and rate limits outlive restarts. A worker \
            does not reply to 'shutdown': who is there is asked first, and listed.

            Examples:
              \(RootCommand.name) control revoke 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) control terminate KILL 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) control -d async@host1 add_consumer extra
              \(RootCommand.name) control -d cpu@host1,cpu@host2 pool_grow 2
              \(RootCommand.name) control pause task 'api.tasks.processing.*' 'disk full'
              \(RootCommand.name) control -d cpu@host1 shutdown

            Exit codes: 0 somebody has replied, 2 wrong command line, 69 nobody has, or there is no broker.
            """
    )

    @OptionGroup(title: "Remote Control Options") var remote: RemoteOptions
    @OptionGroup var words: RemoteWords
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        let commands = RemoteCommand.control + context.commands().map(RemoteCommand.init)
        guard let command = words.wanted else {
            context.console.print("Control Commands:\n\(RemoteCommand.list(commands))")
            return ProcessExit.success
        }
        let request = try RemoteCommand.request(command, words.arguments, among: commands, of: "control")
        let desk = RemoteDesk(options: remote, global: global, context: context, purpose: "control")
        let heard: (ControlReply) -> Void = { if !remote.json { context.console.print(desk.text.page($0)) } }
        let isShutdown = command == RemoteCommand.shutdown.name
        let replies = isShutdown ? try await shutDown(request, desk, heard) : try await desk.ask(request, heard: heard)
        guard !replies.isEmpty else { return desk.nobodyReplied() }
        if remote.json { context.console.print(ReplyText.list(replies)) }
        return ProcessExit.success
    }

    /// Workers do not reply to it: those that answer a ping are told, and are the reply.
    private func shutDown(
        _ request: ControlRequest,
        _ desk: RemoteDesk,
        _ heard: (ControlReply) -> Void
    ) async throws -> [ControlReply] {
        try await desk.withClient { client in
            let replies = try await desk.ask(ControlRequest("ping"), client: client).map { pong in
                ControlReply(node: pong.node, ControlReply.ok("shutdown requested"))
            }
            guard !replies.isEmpty else { return [] }
            var request = request
            request.destination = remote.destinations
            try await client.tell(request)
            for reply in replies { heard(reply) }
            return replies
        }
    }
}

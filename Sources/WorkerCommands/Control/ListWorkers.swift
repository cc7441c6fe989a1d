import ArgumentParser
import CeleryProtocol

/// `swiftworker status`.
struct ListWorkers: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Lists the workers that are online.",
        discussion: """
            Every worker of the broker is pinged, Python ones and beat's control included. 'multi status' looks at the processes of \
            this machine instead, and needs no broker.

            Examples:
              \(RootCommand.name) status
              \(RootCommand.name) status --json | jq -r 'keys[]'
              \(RootCommand.name) status -d cpu@host1 -t 5

            Exit codes: 0 somebody has replied, 69 nobody has, or there is no broker.
            """
    )

    @OptionGroup(title: "Remote Control Options") var remote: RemoteOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        let desk = RemoteDesk(options: remote, global: global, context: context, purpose: "status")
        let replies = try await desk.ask(ControlRequest("ping")) {
            if !remote.json { context.console.print(desk.text.head($0)) }
        }
        guard !replies.isEmpty else { return desk.nobodyReplied() }
        if remote.json {
            context.console.print(ReplyText.object(replies))
        } else if !global.quiet {
            context.console.print(ReplyText.count(replies))
        }
        return ProcessExit.success
    }
}

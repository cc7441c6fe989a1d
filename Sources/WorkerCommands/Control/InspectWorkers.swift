import ArgumentParser
import CeleryProtocol
import SwiftWorker

/// `swiftworker inspect`.
struct InspectWorkers: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Asks running workers what they do, know and hold.",
        discussion: """
            Commands:
            \(RemoteCommand.list(RemoteCommand.inspect))

            All workers of the broker are asked, Python ones included, unless -d names some.

            Examples:
              \(RootCommand.name) inspect active
              \(RootCommand.name) inspect -d async@host1 stats --json | jq '.[].pool'
              \(RootCommand.name) inspect query_task 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) inspect registered rate_limit

            Exit codes: 0 somebody has replied, 2 wrong command line, 69 nobody has, or there is no broker.
            """
    )

    @OptionGroup(title: "Remote Control Options") var remote: RemoteOptions
    @OptionGroup var words: RemoteWords
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        let commands = RemoteCommand.inspect + context.commands().map(RemoteCommand.init)
        guard let command = words.wanted else {
            context.console.print("Inspect Commands:\n\(RemoteCommand.list(commands))")
            return ProcessExit.success
        }
        let request = try RemoteCommand.request(command, words.arguments, among: commands, of: "inspect")
        let desk = RemoteDesk(options: remote, global: global, context: context, purpose: "inspect")
        let replies = try await desk.ask(request) { if !remote.json { context.console.print(desk.text.page($0)) } }
        guard !replies.isEmpty else { return desk.nobodyReplied() }
        if remote.json {
            context.console.print(ReplyText.object(replies))
        } else if !global.quiet {
            context.console.print(ReplyText.count(replies))
        }
        return ProcessExit.success
    }
}

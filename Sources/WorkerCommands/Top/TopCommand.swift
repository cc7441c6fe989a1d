import AMQP
import ArgumentParser
import Platform
import SwiftWorker

/// `swiftworker top`.
struct TopCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Shows queues, workers, busy slots, rates and dead letters at a glance.",
        discussion: """
            Workers are asked over remote control, Python ones too, and the broker how many messages wait. Neither events nor \
            RabbitMQ's management plugin are needed. Queues are those that a worker consumes or the configuration names. RUNNING \
            is what runs; how many more messages workers hold, AMQP does not tell.

            Without a terminal it prints once, as with --once. q ends it.

            Examples:
              \(RootCommand.name) top
              \(RootCommand.name) top --interval 10
              \(RootCommand.name) top --once --json | jq '.queues[] | select(.consumers == 0) | .name'

            Exit codes: 0 done, 2 wrong command line, 69 no worker has replied (--once), or no broker.
            """
    )

    @Option(
        name: [.customShort("n", allowingJoined: true), .long],
        help: ArgumentHelp("Seconds between two looks, from 0.5.", valueName: "seconds")
    )
    var interval = 2.0

    @Flag(help: "Prints it once, as text; rates need two looks and are left out.")
    var once = false

    @Flag(help: "With --once: prints one JSON object.")
    var json = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        guard interval.isFinite, (0.5...3600).contains(interval) else {
            throw StartError("--interval: expected 0.5 to 3600 seconds, found \(interval)")
        }
        guard once || !json else { throw StartError("--json: only with --once") }
        let effective = try context.settings(global)
        let tool = TopTool(
            probe: try TopProbe(try context.broker(effective, for: "top"), effective.settings),
            console: context.console,
            place: try BrokerSetup.endpoint(effective).description,
            isColoured: context.style(global).isColoured
        )
        let hasTerminal = [FileDescriptor.standardInput, context.console.output].allSatisfy(FileDescriptor.isTerminal)
        return once || !hasTerminal
            ? try await tool.print(isJSON: json) : try await tool.show(every: .seconds(interval))
    }
}

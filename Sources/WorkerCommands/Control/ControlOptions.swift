import ArgumentParser

/// `swiftworker control`: what is typed.
struct ControlOptions: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "control",
        abstract: "Tells running workers to do something.",
        discussion: """
            Commands:
            \(commandList)

            All workers of the broker are told, Python ones included, unless -d names some. Python workers don't know \
            pause and resume. With swiftworker_control_url revokes, pauses and rate limits outlive restarts.

            Examples:
              \(RootCommand.name) control revoke 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) control terminate KILL 0a59e7d6-3c1e-4f64-b1b5-2f1a0c1f4d8e
              \(RootCommand.name) control -d async@host1 add_consumer extra
              \(RootCommand.name) control pause task 'api.tasks.processing.*' 'disk full'
            """
    )

    private static var commandList: String {
        let heads = RemoteCommand.control.map { "  \($0.name) \($0.signature)" }
        let width = (heads.map(\.count).max() ?? 0) + 2
        return zip(heads, RemoteCommand.control).map { head, command in
            head + String(repeating: " ", count: width - head.count) + command.summary
        }.joined(separator: "\n")
    }

    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("Seconds to wait for the next reply.", valueName: "seconds")
    )
    var timeout = 1.0

    @Option(
        name: [.customShort("d", allowingJoined: true), .long],
        help: ArgumentHelp("The workers that are meant, by node name.", valueName: "name,…")
    )
    var destination: String?

    @Flag(name: [.customShort("j"), .long], help: "Prints the replies as JSON.")
    var json = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("One of the commands above.", valueName: "command"))
    var command: String

    @Argument(help: ArgumentHelp("What the command takes.", valueName: "argument"))
    var arguments: [String] = []

    func run(in context: ToolContext) async throws -> Int32 {
        try await ControlTool(options: self, environment: context.environment, console: context.console).run()
    }
}

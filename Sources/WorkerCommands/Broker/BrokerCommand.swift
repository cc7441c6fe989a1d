import ArgumentParser

/// `swiftworker broker`.
struct BrokerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "broker",
        abstract: "Compares the broker with what the worker needs, declares that, moves queues to another type.",
        discussion: """
            Settings, tasks and queues are those of the worker. What AMQP does not tell is asked of 'rabbitmqctl', where \
            it can be run.

            Examples:
              \(RootCommand.name) broker check
              \(RootCommand.name) broker check --json --rabbitmqctl 'ssh rabbit sudo rabbitmqctl'
              \(RootCommand.name) broker apply --policies --dry-run
              \(RootCommand.name) broker migrate processing_cpu --to quorum
            """,
        subcommands: [CheckBroker.self, ApplyTopology.self, MigrateQueue.self]
    )
}

/// One of the commands about the broker.
protocol BrokerSubcommand: ToolCommand {
    var broker: BrokerOptions { get }
    var global: GlobalOptions { get }
    /// The exit code when the broker breaks off.
    static var brokenOff: Int32 { get }

    /// - Returns: the exit code.
    func run(at desk: BrokerDesk) async throws -> Int32
}

extension BrokerSubcommand {
    func run(in context: ToolContext) async -> Int32 { await BrokerTool(context: context).run(self) }
}

/// Options of all commands about the broker.
struct BrokerOptions: ParsableArguments {
    @Option(
        name: [.customShort("Q", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The worker's queues, separated by commas. (default: all of task_queues, else 'celery')",
            valueName: "names"
        )
    )
    var queues: String?

    @Option(
        help: ArgumentHelp(
            """
            How rabbitmqctl is run, with arguments if need be: 'docker exec rabbit rabbitmqctl'. It has to speak with the \
            broker of the URL. (default: rabbitmqctl)
            """,
            valueName: "command"
        )
    )
    var rabbitmqctl: String?
}

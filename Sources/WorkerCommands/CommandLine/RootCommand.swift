import ArgumentParser

/// The program as a whole. Nothing runs from here: `CommandLineTool` parses, then acts.
struct RootCommand: ParsableCommand {
    /// Users' executables have names of their own.
    static let name = CommandLineTool.name(ofExecutable: CommandLine.arguments.first ?? "")

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Runs the tasks of Celery producers in Swift.",
        usage: """
            \(name) [worker] [options]
            \(name) config [options]
            \(name) broker check|apply|migrate [options]
            \(name) dead-letters list|show|replay|drop|export|import|stats [options]
            \(name) multi start|stop|restart|status|… [names] [options]
            \(name) control COMMAND [arguments] [options]
            \(name) --version
            """,
        discussion: """
            Without a command it is 'worker'. Celery's global options (-A, -b, --result-backend, --config, --workdir, \
            -C, -q) work before and after the command.

            Examples:
              \(name) -Q async_operations -P threads -c 20
              \(name) worker -l INFO -Q hipri,lopri -P threads
              \(name) -b amqp://user:password@rabbit//jobs worker -n w1@%h -P solo
              \(name) config
              \(name) broker check
              \(name) dead-letters stats
              \(name) multi start
              \(name) control pause queue processing_cpu
            """,
        subcommands: [
            WorkerCommand.self, ConfigCommand.self, BrokerCommand.self, DeadLettersCommand.self, ControlOptions.self,
        ]
    )
}

/// Commands of Celery's that this version lacks.
enum LaterCommand {
    static let names: Set<String> = [
        "beat", "inspect", "status", "purge", "events", "call", "result", "list",
        "migrate", "graph", "logtool", "amqp", "report",
    ]
    /// Commands that make no sense for a compiled program.
    static let pythonOnly: Set<String> = ["shell", "upgrade"]
}

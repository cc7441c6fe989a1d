import ArgumentParser

/// The program as a whole. Nothing runs from here: `CommandLineTool` parses, then acts.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swiftworker",
        abstract: "Runs the tasks of Celery producers in Swift.",
        usage: """
            swiftworker [worker] [options]
            swiftworker config [options]
            """,
        discussion: """
            Without a command it is 'worker'. Celery's global options (-A, -b, --result-backend, --config, --workdir, \
            -C, -q) work before and after the command.

            Examples:
              swiftworker -Q async_operations -P threads -c 20
              swiftworker worker -l INFO -Q hipri,lopri -P threads
              swiftworker -b amqp://user:password@rabbit//jobs worker -n w1@%h -P solo
              swiftworker config
            """,
        subcommands: [WorkerCommand.self, ConfigCommand.self]
    )
}

/// Commands of Celery's that this version lacks.
enum LaterCommand {
    static let names: Set<String> = [
        "beat", "inspect", "control", "status", "purge", "events", "call", "result", "multi", "dead-letters", "list",
        "migrate", "graph", "logtool", "amqp", "report",
    ]
    /// Commands that make no sense for a compiled program.
    static let pythonOnly: Set<String> = ["shell", "upgrade"]
}

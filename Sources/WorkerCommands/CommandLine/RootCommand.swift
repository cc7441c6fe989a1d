import ArgumentParser
import SwiftWorker

/// The program as a whole. Nothing runs from here: `CommandLineTool` parses, then acts.
struct RootCommand: ParsableCommand {
    /// Users' executables have names of their own.
    static let name = CommandLineTool.name(ofExecutable: CommandLine.arguments.first ?? "")

    static let configuration = CommandConfiguration(
        commandName: name,
        abstract: "Runs the tasks of Celery producers in Swift.",
        usage: """
            \(name) [worker] [options]
            \(name) COMMAND [arguments] [options]
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
              \(name) inspect active
              \(name) control pause queue processing_cpu
              \(name) events
              \(name) top
            """,
        subcommands: [
            WorkerCommand.self,
            ConfigCommand.self,
            BrokerCommand.self,
            DeadLettersCommand.self,
            InspectWorkers.self,
            ControlWorkers.self,
            ListWorkers.self,
            PurgeQueues.self,
            CallTask.self,
            ShowResult.self,
            ListCommand.self,
            MigrateTasks.self,
            AMQPCommand.self,
            LogToolCommand.self,
            GraphCommand.self,
            ReportEnvironment.self,
            EventsCommand.self,
            TopCommand.self,
            CompletionsCommand.self,
            PingCommand.self,
        ]
    )

    /// All names that there are, for hints.
    static var names: [String] { names(in: self) + ["multi"] + LaterCommand.names }

    /// One of the commands above.
    static func command(_ name: String) -> (any ParsableCommand.Type)? {
        configuration.subcommands.first { $0.configuration.commandName == name }
    }

    /// What to answer to a word that is none of a command's own commands; `nil` if it is one, or the command has none.
    static func refusal(of word: String, in type: any ParsableCommand.Type) -> String? {
        let known = names(in: type)
        guard known.count > 1, !known.contains(word) else { return nil }
        let group = type.configuration.commandName ?? ""
        let hint = Suggestion.hint(for: word, among: known)
        return "no command '\(group) \(word)'\(hint); see '\(group) --help'"
    }

    private static func names(in type: any ParsableCommand.Type) -> [String] {
        type.configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
    }
}

/// Commands of Celery's that this version lacks.
enum LaterCommand {
    static let names: Set<String> = ["beat"]
    /// Commands that make no sense for a compiled program.
    static let pythonOnly: Set<String> = ["shell", "upgrade"]
}

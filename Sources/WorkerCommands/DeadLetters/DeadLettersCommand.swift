import ArgumentParser

/// `swiftworker dead-letters`.
struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Looks at dead letters, runs them again, or drops them.",
        discussion: """
            A message that can't be done is kept in '<queue>.dead', with the reason in its headers: a task that has failed \
            for good (where task_dead_letter says so), one that takes its process along, one that nobody knows, or what is \
            no proper task. Nothing here is lost, whenever a command is ended, by kill -9 too: a letter is removed only \
            when the broker has confirmed what takes its place.

            Examples:
              \(RootCommand.name) dead-letters stats
              \(RootCommand.name) dead-letters list -Q processing_cpu --newer-than 1h
              \(RootCommand.name) dead-letters show 5e3c1f0a-…
              \(RootCommand.name) dead-letters replay --task 'video.*' --exception OSError --rate 10 --dry-run
              \(RootCommand.name) dead-letters export --reason malformed > malformed.jsonl
              \(RootCommand.name) dead-letters drop --older-than 30d

            Exit codes: 0 done, 1 the broker or a file failed, 2 wrong command line, 3 no letter fits, 4 some letters \
            could not be handled and are still there.
            """,
        subcommands: [
            ListLetters.self, ShowLetters.self, ReplayLetters.self, DropLetters.self, ExportLetters.self,
            ImportLetters.self, LetterStats.self,
        ]
    )
}

/// One of the commands about dead letters.
protocol LetterCommand: ToolCommand {
    var global: GlobalOptions { get }

    /// - Returns: the exit code.
    func run(at desk: LetterDesk) async throws -> Int32
}

extension LetterCommand {
    func run(in context: ToolContext) async -> Int32 { await LetterTool(context: context).run(self) }
}

/// Options about what is printed.
struct LetterOutputOptions: ParsableArguments {
    @Flag(help: "Prints JSON, an object per line.")
    var json = false
}

/// Options of commands that leave a trace.
struct AuditOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Where each letter is written down, as a line of JSON: who, when, what, from, to. (default: standard output)",
            valueName: "file"
        )
    )
    var auditLog: String?

    @Flag(help: "Only says what would be done; changes nothing.")
    var dryRun = false
}

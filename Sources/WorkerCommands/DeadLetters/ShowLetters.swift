import ArgumentParser

/// `swiftworker dead-letters show`.
struct ShowLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Shows all about a dead letter: cause, traceback, arguments.",
        discussion: """
            The arguments are shown in the words of the producer, who may have hidden secrets in them, where it gave some.

            Examples:
              \(RootCommand.name) dead-letters show 5e3c1f0a-…
              \(RootCommand.name) dead-letters show --reason quarantined --limit 1
            """
    )

    @Argument(help: ArgumentHelp("The task's id.", valueName: "id"))
    var ids: [String] = []

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Output") var output: LetterOutputOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        var walk = try desk.walk(letters, ids: ids, opensBody: true)
        var count = 0
        while let held = try await walk.next() {
            if !output.json, count > 0 { desk.console.print("") }
            desk.console.print(
                output.json ? LetterJSON.line(LetterJSON.page(held.letter)) : LetterText.page(held.letter)
            )
            count += 1
            try await walk.keep(held)
        }
        try await walk.finish()
        desk.note(walk)
        if count > 0 { return walk.exitCode(ProcessExit.success) }
        desk.console.complain("No dead letter fits.")
        return walk.exitCode(ProcessExit.nothingFits)
    }
}

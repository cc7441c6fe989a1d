import ArgumentParser

/// `swiftworker dead-letters list`.
struct ListLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists dead letters, in the order of their queues.",
        discussion: """
            The letters stay in their queues. While they are looked at nobody else gets them. A queue that counts how often \
            a message comes back has a letter moved to its end every few looks, so that it is never dropped for that.

            Examples:
              \(RootCommand.name) dead-letters list --limit 20
              \(RootCommand.name) dead-letters list --argument user_id=7 --json | jq .id
            """
    )

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Output") var output: LetterOutputOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        var walk = try desk.walk(letters)
        var rows: [[String]] = []
        while let held = try await walk.next() {
            if output.json {
                desk.console.print(LetterJSON.line(LetterSummary(held.letter).json))
            } else {
                rows.append(LetterText.row(held.letter))
            }
            try await walk.keep(held)
        }
        try await walk.finish()
        desk.note(walk)
        if !rows.isEmpty { desk.console.print(LetterText.table(LetterText.columns, rows)) }
        return walk.exitCode(ProcessExit.success)
    }
}

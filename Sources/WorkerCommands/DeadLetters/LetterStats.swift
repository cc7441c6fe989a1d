import ArgumentParser

/// `swiftworker dead-letters stats`.
struct LetterStats: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Counts dead letters by queue, reason, task and exception.",
        discussion: """
            Examples:
              \(RootCommand.name) dead-letters stats
              \(RootCommand.name) dead-letters stats --newer-than 1h --json
            """
    )

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Output") var output: LetterOutputOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        var walk = try desk.walk(letters)
        var statistics = LetterStatistics()
        while let held = try await walk.next() {
            statistics.add(held.letter)
            try await walk.keep(held)
        }
        try await walk.finish()
        desk.note(walk)
        if output.json {
            desk.console.print(LetterJSON.line(statistics.json))
        } else {
            if statistics.total > 0 { desk.console.print(statistics.table) }
            desk.console.print("\(deadLetters(statistics.total)).")
        }
        return walk.exitCode(ProcessExit.success)
    }
}

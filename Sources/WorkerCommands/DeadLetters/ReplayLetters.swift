import ArgumentParser
import JSON
import OrderedCollections

/// `swiftworker dead-letters replay`.
struct ReplayLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Runs dead letters again: puts them back into their queues.",
        discussion: """
            The task keeps its id and root id, so whoever waits for its result gets it. A letter leaves the dead-letter \
            queue when the broker has confirmed the message that takes its place: a replay that is killed loses nothing, and \
            may have published a few letters that are still there, too. Letters that died meanwhile are not touched.

            Examples:
              \(RootCommand.name) dead-letters replay --task 'video.*' --exception OSError --dry-run
              \(RootCommand.name) dead-letters replay -Q processing_cpu --rate 10 --audit-log replays.jsonl
              \(RootCommand.name) dead-letters replay 5e3c1f0a-… --to processing_slow --reset-retries
            """
    )

    @Argument(help: ArgumentHelp("The task's id.", valueName: "id"))
    var ids: [String] = []

    @Option(
        help: ArgumentHelp("The queue to put them into. (default: the one they came from)", valueName: "queue")
    )
    var to: String?

    @Flag(help: "Lets the tasks be retried as often as new ones.")
    var resetRetries = false

    @Option(help: ArgumentHelp("At most so many a second, for example 10 or 0.5.", valueName: "number"))
    var rate: Double?

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Audit") var trace: AuditOptions
    @OptionGroup(title: "Output") var output: LetterOutputOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        if let rate, !(rate > 0 && rate <= 1_000_000) {
            throw StartError("--rate: expected a number above 0, found \(rate)")
        }
        let walk = try desk.walk(letters, ids: ids)
        var replay = LetterReplay(
            desk: desk,
            audit: try desk.audit(trace),
            destination: to,
            resetsRetries: resetRetries,
            isDryRun: trace.dryRun,
            pace: LetterPace(rate: rate)
        )
        let counts = try await replay.run(walk)
        report(counts, desk)
        if counts.failed > 0 { return ProcessExit.someLeft }
        return counts.done > 0 ? ProcessExit.success : ProcessExit.nothingFits
    }

    private func report(_ counts: LetterReplay.Counts, _ desk: LetterDesk) {
        if output.json {
            desk.console.print(
                LetterJSON.line([
                    "replayed": .integer(Int64(counts.done)), "failed": .integer(Int64(counts.failed)),
                    "dry_run": .bool(trace.dryRun),
                ])
            )
        } else if counts.done + counts.failed == 0 {
            desk.console.complain("No dead letter fits.")
        } else {
            desk.console.complain("\(trace.dryRun ? "Would replay" : "Replayed") \(deadLetters(counts.done)).")
        }
        if counts.failed > 0 {
            desk.console.complain("\(deadLetters(counts.failed)) could not be replayed, and stay where they are.")
        }
    }
}

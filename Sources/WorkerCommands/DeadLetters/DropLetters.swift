import ArgumentParser
import BrokerModel
import CeleryProtocol
import SwiftWorker

/// `swiftworker dead-letters drop`.
struct DropLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "drop",
        abstract: "Removes dead letters for good.",
        discussion: """
            It asks first, or wants --yes where nobody can answer. 'export' keeps a copy.

            Examples:
              \(RootCommand.name) dead-letters drop --older-than 30d
              \(RootCommand.name) dead-letters drop --task legacy.sync --yes --audit-log /var/log/dropped.jsonl
            """
    )

    @Argument(help: ArgumentHelp("The task's id.", valueName: "id"))
    var ids: [String] = []

    @Flag(name: .long, help: "Does not ask.")
    var yes = false

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Audit") var trace: AuditOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        guard yes || trace.dryRun || desk.isTerminal else {
            throw StartError("drop: give --yes where nobody can be asked (or --dry-run)")
        }
        let audit = try desk.audit(trace)
        var walk = try desk.walk(letters, ids: ids)
        var count = 0
        // Those that wait for the answer.
        var chosen: [LightLetter] = []
        while let held = try await walk.next() {
            count += 1
            if trace.dryRun {
                try write(LetterSummary(held.letter), audit, desk)
                try await walk.keep(held)
            } else if yes {
                try drop(LetterSummary(held.letter), held.receipt, audit, desk)
            } else {
                chosen.append(walk.lighten(held))
            }
        }
        desk.note(walk)
        guard count > 0 else {
            try await walk.finish()
            desk.console.complain("No dead letter fits.")
            return walk.exitCode(ProcessExit.nothingFits)
        }
        guard chosen.isEmpty || confirmed(count, desk) else {
            for light in chosen { try await walk.keep(light) }
            try await walk.finish()
            desk.console.complain("Nothing was dropped.")
            return ProcessExit.failure
        }
        for light in chosen { try drop(light.summary, light.receipt, audit, desk) }
        try await walk.finish()
        desk.console.complain("\(trace.dryRun ? "Would drop" : "Dropped") \(deadLetters(count)).")
        return walk.exitCode(ProcessExit.success)
    }

    private func drop(
        _ letter: LetterSummary,
        _ receipt: SharedReceipt,
        _ audit: AuditLog,
        _ desk: LetterDesk
    ) throws(StartError) {
        // Written down first: what is gone can't be looked up any more.
        try write(letter, audit, desk)
        guard receipt.settle(.ack) else { throw LetterWalk.lost }
    }

    private func write(_ letter: LetterSummary, _ audit: AuditLog, _ desk: LetterDesk) throws(StartError) {
        try audit.write("drop", letter, to: nil, isDryRun: trace.dryRun, at: desk.clock.wall())
    }

    private func confirmed(_ count: Int, _ desk: LetterDesk) -> Bool {
        desk.console.complain("Drop \(deadLetters(count)) for good? [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

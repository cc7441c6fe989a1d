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
        var chosen: [HeldLetter] = []
        while let held = try await walk.next() { chosen.append(held.withoutBody()) }
        desk.note(walk)
        guard !chosen.isEmpty else {
            try await walk.finish()
            desk.console.complain("No dead letter fits.")
            return ProcessExit.nothingFits
        }
        guard trace.dryRun || yes || confirmed(chosen.count, desk) else {
            for held in chosen { try await walk.keep(held) }
            try await walk.finish()
            desk.console.complain("Nothing was dropped.")
            return ProcessExit.failure
        }
        for held in chosen {
            // Written down first: what is gone can't be looked up any more.
            try audit.write("drop", held.letter, to: nil, isDryRun: trace.dryRun, at: desk.clock.wall())
            if trace.dryRun {
                try await walk.keep(held)
            } else if !held.receipt.settle(.ack) {
                throw StartError("the connection is lost; run it again for the rest", exitCode: ProcessExit.failure)
            }
        }
        try await walk.finish()
        desk.console.complain("\(trace.dryRun ? "Would drop" : "Dropped") \(deadLetters(chosen.count)).")
        return ProcessExit.success
    }

    private func confirmed(_ count: Int, _ desk: LetterDesk) -> Bool {
        desk.console.complain("Drop \(deadLetters(count)) for good? [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }
}

import ArgumentParser
import BrokerModel
import Platform
import SwiftWorker

/// `swiftworker dead-letters export`.
struct ExportLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Prints whole dead letters, a line of JSON each, for 'import'.",
        discussion: """
            The letters stay in their queues. A line has all of the message: properties, headers with their types, body.

            Examples:
              \(RootCommand.name) dead-letters export -Q processing_cpu > letters.jsonl
              \(RootCommand.name) dead-letters export --reason undecodable | jq -r .body_base64 | base64 -d
            """
    )

    @OptionGroup(title: "Which Letters") var letters: LetterOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(at desk: LetterDesk) async throws -> Int32 {
        var walk = try desk.walk(letters)
        var count = 0
        while let held = try await walk.next() {
            let line = DeadLetterRecord(held.letter.message).encoded() + [UInt8(ascii: "\n")]
            try await walk.keep(held)
            guard FileDescriptor.write(line, to: desk.console.output) else {
                try await walk.finish()
                desk.console.complain("Can't write: what was printed so far is not all.")
                return ProcessExit.failure
            }
            count += 1
        }
        try await walk.finish()
        desk.note(walk)
        desk.console.complain("Exported \(deadLetters(count)).")
        return walk.exitCode(count > 0 ? ProcessExit.success : ProcessExit.nothingFits)
    }
}

import ArgumentParser
import BrokerModel
import Platform
import SwiftWorker

/// `swiftworker dead-letters import`.
struct ImportLetters: LetterCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: "Puts exported dead letters back into their dead-letter queues.",
        discussion: """
            Each is confirmed by the broker. The queue has to be there. A line that is no letter is left out and told; an \
            import that was ended early and is run again puts the first letters in twice.

            Examples:
              \(RootCommand.name) dead-letters import letters.jsonl
              jq -c 'select(.properties.type != "x")' letters.jsonl | \(RootCommand.name) dead-letters import - --to repaired.dead
            """
    )

    /// How many may wait for their confirms.
    private static let window = 100
    /// A body in base64 is a third longer, its text in JSON up to six times. RabbitMQ takes 512 MiB at most.
    private static let longestLine = 6 * (512 << 20) + (1 << 20)

    @Argument(help: ArgumentHelp("What 'export' printed; '-' is standard input.", valueName: "file"))
    var file: String

    @Option(help: ArgumentHelp("The queue to put them into. (default: as the line says)", valueName: "queue"))
    var to: String?

    @OptionGroup(title: "Audit") var trace: AuditOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    private struct Line: Sendable {
        let number: Int
        let record: DeadLetterRecord
    }

    private enum Result: Sendable {
        case done
        case failed(line: Int, reason: String)
    }

    func run(at desk: LetterDesk) async throws -> Int32 {
        let audit = try desk.audit(trace)
        var reader = try LineReader(file, limit: Self.longestLine)
        var (done, failed, number) = (0, 0, 0)
        func note(_ result: Result) {
            switch result {
            case .done: done += 1
            case .failed(let line, let reason):
                failed += 1
                desk.console.complain("\(file):\(line): \(LetterText.line(reason, most: 500))")
            }
        }
        try await withThrowingTaskGroup(of: Result.self) { group in
            var underWay = 0
            while let bytes = try reader.next() {
                number += 1
                if bytes.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") }) { continue }
                let line: Line
                do throws(DeadLetterRecordError) {
                    line = Line(number: number, record: try DeadLetterRecord(parsing: bytes))
                } catch {
                    note(.failed(line: number, reason: "\(error)"))
                    continue
                }
                if underWay == Self.window, let result = try await group.next() {
                    underWay -= 1
                    note(result)
                }
                underWay += 1
                // Begun at once, so that they are published in their order.
                group.addImmediateTask { try await publish(line, desk, audit) }
            }
            while let result = try await group.next() { note(result) }
        }
        desk.console.complain("\(trace.dryRun ? "Would import" : "Imported") \(deadLetters(done)).")
        if failed > 0 { desk.console.complain("\(failed) \(failed == 1 ? "line was" : "lines were") left out.") }
        if failed > 0 { return ProcessExit.someLeft }
        return done > 0 ? ProcessExit.success : ProcessExit.nothingFits
    }

    private func publish(_ line: Line, _ desk: LetterDesk, _ audit: AuditLog) async throws -> Result {
        let message = line.record.message(to: to)
        if !trace.dryRun {
            do {
                try await desk.session.publish(message, timeout: desk.settings.publishTimeout)
            } catch {
                return .failed(line: line.number, reason: "\(error)")
            }
        }
        let letter = DeadLetter(line.record.message, payloads: desk.payloads, opensBody: false)
        let summary = LetterSummary(letter)
        try audit.write("import", summary, to: message.routingKey, isDryRun: trace.dryRun, at: desk.clock.wall())
        return .done
    }
}

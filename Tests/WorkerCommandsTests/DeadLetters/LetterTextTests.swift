import BrokerModel
import CeleryProtocol
import SwiftWorker
import Testing

@testable import WorkerCommands

@Suite struct LetterTextTests {
    @Test func whatComesFromOutsideCannotMoveTheCursor() {
        #expect(LetterText.line("a\u{1b}[2Jb\r\nc\u{202e}d") == "a [2Jb  c d")
        #expect(LetterText.line("abcdef", most: 3) == "abc…")
    }

    @Test func aTableFitsItsCells() {
        let table = LetterText.table(["A", "LONG", "Z"], [["abc", "x", "last, however long"], ["", "yy", ""]])
        #expect(table == "A    LONG  Z\nabc  x     last, however long\n     yy    ")
    }

    @Test func statisticsCountByCauseAndAreBounded() {
        var statistics = LetterStatistics()
        func letter(_ task: String, _ time: String) -> DeadLetter {
            let headers: FieldTable = [
                "task": .string(task), "id": "i", "x-swiftworker-dead-reason": "failed",
                "x-swiftworker-dead-last-failure": .string(time), "x-swiftworker-dead-exception-type": "KeyError",
            ]
            let message = IncomingMessage(
                routingKey: "work",
                queue: "work.dead",
                properties: MessageProperties(headers: headers),
                body: []
            )
            return DeadLetter(message, payloads: PayloadDecoder(), opensBody: false)
        }
        for second in 0..<3 { statistics.add(letter("a", "2027-01-15T08:00:0\(second)+00:00")) }
        statistics.add(letter("b", "2027-01-15T09:00:00+00:00"))
        let lines = statistics.table.split(separator: "\n").map {
            $0.split(separator: " ", omittingEmptySubsequences: true)
        }
        #expect(
            lines[1].map(String.init) == [
                "3", "work", "failed", "a", "KeyError", "2027-01-15", "08:00:00Z", "2027-01-15", "08:00:02Z",
            ]
        )
        #expect(lines[2].first == "1")

        for number in 0..<20_000 { statistics.add(letter("t\(number)", "2027-01-15T08:00:00+00:00")) }
        #expect(statistics.entries.count == LetterStatistics.maximumGroups + 1)
        #expect(statistics.total == 20_004)
        #expect(statistics.entries.values.reduce(0) { $0 + $1.count } == 20_004)
    }
}

import BrokerModel
import CeleryProtocol
import SwiftWorker

/// Dead letters as an operator reads them.
enum LetterText {
    /// The columns of `list`.
    static let columns = ["DIED", "QUEUE", "TASK", "ID", "REASON", "TRIES", "EXCEPTION"]

    static func row(_ letter: DeadLetter) -> [String] {
        [
            letter.note.lastFailure.map(time) ?? "-",
            line(letter.queue ?? "-"),
            line(letter.task ?? "-"),
            line(letter.id ?? "-"),
            line(letter.note.reason.rawValue),
            letter.note.attempts.map(String.init) ?? "-",
            line(letter.note.exception ?? letter.note.exceptionType ?? "-", most: 80),
        ]
    }

    /// All there is to know about a letter, on many lines.
    static func page(_ letter: DeadLetter) -> String {
        let (note, message, headers) = (letter.note, letter.message, letter.headers)
        var lines = ["Dead letter \(line(letter.id ?? "without an id"))"]
        func add(_ name: String, _ text: String?) {
            guard let text, !text.isEmpty else { return }
            lines.append("  " + name + String(repeating: " ", count: max(1, 15 - name.count)) + line(text, most: 1_000))
        }
        add("task", letter.task)
        add("queue", letter.queue.map { "\($0), now in \(message.queue)" } ?? message.queue)
        add("reason", note.reason.rawValue)
        add("exception", note.exception ?? note.exceptionType)
        add("worker", note.worker)
        add("first failure", note.firstFailure.map(time))
        add("last failure", note.lastFailure.map(time))
        add("tries", note.attempts.map(String.init))
        add("retries", headers.map { String($0.retries) })
        add("root id", headers?.rootID)
        add("parent id", headers?.parentID)
        add("origin", headers?.origin)
        add("reply to", message.properties.replyTo)
        add("eta", headers?.eta.map(time))
        add("expires", headers?.expires.map(time))
        add("arguments", arguments(letter))
        add("body", "\(message.body.count) bytes, \(message.properties.contentType ?? "of no content type")")
        if let traceback = note.traceback {
            lines.append("  traceback")
            lines += traceback.split(separator: "\n").map { "    " + line(String($0), most: 1_000) }
        }
        return lines.joined(separator: "\n")
    }

    /// The producer's own words for the arguments, which may hide secrets, before what the body says.
    static func arguments(_ letter: DeadLetter) -> String? {
        let headers = letter.headers
        if headers?.argsRepr != nil || headers?.kwargsRepr != nil {
            return "\(headers?.argsRepr ?? "()") \(headers?.kwargsRepr ?? "{}")"
        }
        return letter.payload.map { "\(PythonRepr.safeRepr($0.args)) \(PythonRepr.safeRepr($0.kwargs))" }
    }

    static func time(_ instant: Instant) -> String {
        let text = instant.iso8601()
        return text.prefix(19).split(separator: "T").joined(separator: " ") + "Z"
    }

    /// One line of what came from outside: nothing in it moves the cursor or colours the terminal.
    static func line(_ text: String, most: Int = 200) -> String {
        var result = ""
        for scalar in text.unicodeScalars.prefix(most) {
            let isControl =
                scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
            result.unicodeScalars.append(isControl ? " " : scalar)
        }
        return text.unicodeScalars.count > most ? result + "…" : result
    }

    /// Rows below their columns' names, each column as wide as it must be.
    static func table(_ columns: [String], _ rows: [[String]]) -> String {
        var widths = columns.map(\.count)
        for row in rows { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        let lines = ([columns] + rows).map { row in
            row.enumerated().map { index, cell in
                index == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[index] - cell.count)
            }.joined(separator: "  ")
        }
        return lines.joined(separator: "\n")
    }
}

import JSON
import OrderedCollections

/// What a line of a worker's log says, be it Celery's or ours, as text or JSON.
struct LogRecord: Sendable, Hashable {
    /// What has become of a task.
    enum Event: Sendable, Hashable {
        case received, succeeded, failed, retried
        /// It is over, and neither has succeeded nor failed: revoked, ignored.
        case ended
    }

    struct TaskNote: Sendable, Hashable {
        let event: Event
        let name: String
        let id: String
    }

    /// The line as it is printed again.
    let line: String
    /// Lines that belong to it: of a traceback.
    let trace: [String]
    /// `nil` for a line that is not about a task's life.
    let task: TaskNote?

    /// Reads a line; `nil` for one that goes on with the one before.
    init?(_ line: String) {
        if line.hasPrefix("{") {
            guard let record = try? JSONValue(parsing: Array(line.utf8)), let message = record["message"]?.string else {
                return nil
            }
            var lines = message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            let head = lines.removeFirst()
            self.line = line
            trace = lines
            task = Self.note(head[...])
            return
        }
        guard Self.beginsWithDate(line) else { return nil }
        self.line = line
        trace = []
        task = line.firstRange(of: "] ").flatMap { Self.note(line[$0.upperBound...]) }
    }

    /// `[2026-11-23 `.
    private static func beginsWithDate(_ line: String) -> Bool {
        let pattern = Array("[0000-00-00 ".utf8)
        let head = line.utf8.prefix(pattern.count)
        guard head.count == pattern.count else { return false }
        return zip(head, pattern).allSatisfy { byte, wanted in
            wanted == UInt8(ascii: "0") ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == wanted
        }
    }

    /// The words in front of `name[id]`, and those behind it, by what they mean (Celery reference, 10.2).
    private static let phrases: [(before: String, after: String, event: Event)] = [
        ("Task ", " received", .received),
        ("Received task: ", "", .received),
        ("Task ", " succeeded", .succeeded),
        ("Task ", " raised", .failed),
        ("Task ", " retry: ", .retried),
        ("Task ", " ignored", .ended),
        ("Task ", " rejected", .failed),
        ("Task ", " terminated", .failed),
        ("Discarding revoked task: ", "", .ended),
        ("Hard time limit ", "", .failed),
    ]

    private static func note(_ message: Substring) -> TaskNote? {
        let message = uncoloured(message)
        for phrase in phrases where message.hasPrefix(phrase.before) {
            var rest = message.dropFirst(phrase.before.count)
            if phrase.before.hasPrefix("Hard") {
                guard let range = rest.firstRange(of: "exceeded for ") else { continue }
                rest = rest[range.upperBound...]
            }
            guard let open = rest.firstIndex(of: "["), let close = rest[open...].firstIndex(of: "]"),
                rest[rest.index(after: close)...].hasPrefix(phrase.after), !rest[..<open].contains(" ")
            else { continue }
            let id = rest[rest.index(after: open)..<close]
            return TaskNote(event: phrase.event, name: String(rest[..<open]), id: String(id))
        }
        return nil
    }

    /// A terminal's colour is left out in front: `ESC [ … m`.
    private static func uncoloured(_ text: Substring) -> Substring {
        guard text.hasPrefix("\u{1B}["), let end = text.firstIndex(of: "m") else { return text }
        return uncoloured(text[text.index(after: end)...])
    }
}

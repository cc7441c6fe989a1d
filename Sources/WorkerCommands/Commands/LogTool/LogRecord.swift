import JSON
import OrderedCollections

/// What a line of a worker's log says, be it Celery's or ours, as text or JSON.
struct LogRecord: Sendable, Hashable {
    /// What has become of a task.
    enum Event: Sendable, Hashable {
        case received, succeeded, failed, retried
        /// It is over, and neither has succeeded nor failed: revoked, ignored.
        case ended
        /// Its process was lost, and its message goes back to its queue.
        case returned
    }

    struct TaskNote: Sendable, Hashable {
        let event: Event
        let name: String
        let id: String
    }

    /// The line as it is printed again; with the next one where only that says which task it is about.
    private(set) var line: String
    /// Lines that belong to it: of a traceback.
    let trace: [String]
    /// `nil` for a line that is not about a task's life.
    private(set) var task: TaskNote?
    /// Whether a process was lost: then the next line names the task.
    private var isOfLoss: Bool

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
            isOfLoss = Self.tellsOfLoss(head[...])
            for line in lines { goOn(line) }
            return
        }
        guard Self.beginsWithDate(line) else { return nil }
        self.line = line
        trace = []
        let message = line.firstRange(of: "] ").map { line[$0.upperBound...] } ?? ""
        task = Self.note(message)
        isOfLoss = Self.tellsOfLoss(message)
    }

    /// Takes in a line that goes on with this one.
    mutating func goOn(_ line: String) {
        guard isOfLoss else { return }
        if let task {
            guard line.hasPrefix("The message goes back to its queue") else { return }
            self.task = TaskNote(event: .returned, name: task.name, id: task.id)
        } else if let title = Self.title(line[...]), title.rest.isEmpty {
            task = TaskNote(event: .failed, name: title.name, id: title.id)
            // One of JSON is whole.
            if trace.isEmpty { self.line += "\n\(line)" }
        } else {
            isOfLoss = false
        }
    }

    /// Celery's line for a lost process, which does not name the task.
    private static func tellsOfLoss(_ message: Substring) -> Bool {
        uncoloured(message).hasPrefix("Task handler raised error: ")
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
            guard let title = Self.title(rest), title.rest.hasPrefix(phrase.after) else { continue }
            return TaskNote(event: phrase.event, name: title.name, id: title.id)
        }
        return nil
    }

    /// Reads `name[id]`, and what stands behind it.
    private static func title(_ text: Substring) -> (name: String, id: String, rest: Substring)? {
        guard let open = text.firstIndex(of: "["), let close = text[open...].firstIndex(of: "]"),
            !text[..<open].contains(" ")
        else { return nil }
        let id = text[text.index(after: open)..<close]
        return (String(text[..<open]), String(id), text[text.index(after: close)...])
    }

    /// A terminal's colour is left out in front: `ESC [ … m`.
    private static func uncoloured(_ text: Substring) -> Substring {
        guard text.hasPrefix("\u{1B}["), let end = text.firstIndex(of: "m") else { return text }
        return uncoloured(text[text.index(after: end)...])
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// Counts dead letters by where and why they died.
struct LetterStatistics {
    struct Group: Hashable {
        var queue: String
        var reason: String
        var task: String
        var exception: String
    }

    struct Entry {
        var count = 0
        var oldest: Instant?
        var newest: Instant?
    }

    /// How many groups are told apart; names come from messages, and somebody might make new ones without end.
    static let maximumGroups = 10_000
    /// Where the rest is counted.
    static let others = Group(queue: "(others)", reason: "-", task: "-", exception: "-")

    private(set) var entries: [Group: Entry] = [:]
    private(set) var total = 0

    mutating func add(_ letter: DeadLetter) {
        var group = Group(
            queue: letter.queue ?? letter.message.queue,
            reason: letter.note.reason.rawValue,
            task: letter.task ?? "-",
            exception: letter.note.exceptionType ?? "-"
        )
        if entries[group] == nil, entries.count >= Self.maximumGroups { group = Self.others }
        total += 1
        var entry = entries[group] ?? Entry()
        entry.count += 1
        if let time = letter.note.lastFailure {
            entry.oldest = min(entry.oldest ?? time, time)
            entry.newest = max(entry.newest ?? time, time)
        }
        entries[group] = entry
    }

    /// The groups, the largest first.
    private var sorted: [(group: Group, entry: Entry)] {
        entries.map { ($0.key, $0.value) }.sorted { left, right in
            if left.1.count != right.1.count { return left.1.count > right.1.count }
            return (left.0.queue, left.0.reason, left.0.task, left.0.exception)
                < (right.0.queue, right.0.reason, right.0.task, right.0.exception)
        }
    }

    var table: String {
        let columns = ["COUNT", "QUEUE", "REASON", "TASK", "EXCEPTION", "OLDEST", "NEWEST"]
        let rows = sorted.map { group, entry in
            [
                String(entry.count), LetterText.line(group.queue), LetterText.line(group.reason),
                LetterText.line(group.task), LetterText.line(group.exception), entry.oldest.map(LetterText.time) ?? "-",
                entry.newest.map(LetterText.time) ?? "-",
            ]
        }
        return LetterText.table(columns, rows)
    }

    var json: JSONObject {
        [
            "total": .integer(Int64(total)),
            "groups": .array(
                sorted.map { group, entry in
                    [
                        "count": .integer(Int64(entry.count)),
                        "queue": .string(group.queue),
                        "reason": .string(group.reason),
                        "task": .string(group.task),
                        "exception_type": .string(group.exception),
                        "oldest": entry.oldest.map { .string($0.iso8601()) } ?? .null,
                        "newest": entry.newest.map { .string($0.iso8601()) } ?? .null,
                    ]
                }
            ),
        ]
    }
}

import OrderedCollections
import Platform

/// Goes through logs, and counts what became of tasks.
struct LogAudit {
    /// The longest line, in bytes.
    private static let longestLine = 16 << 20

    /// The tasks that were received, by id, with their names.
    private(set) var received: OrderedDictionary<String, String> = [:]
    /// Those that are over.
    private(set) var ended: OrderedSet<String> = []
    private(set) var succeeded = 0
    /// Those that are over because they failed.
    private var failures: Set<String> = []
    private(set) var retries = 0

    var failed: Int { failures.count }

    /// The tasks that were received and are not over.
    var incomplete: [String] { received.keys.filter { !ended.contains($0) } }

    /// How often tasks of each name were received, the most frequent first.
    var types: [(name: String, count: Int)] {
        var counts: OrderedDictionary<String, Int> = [:]
        for name in received.values { counts[name, default: 0] += 1 }
        let ordered = counts.enumerated().sorted {
            ($1.element.value, $0.offset) < ($0.element.value, $1.offset)
        }
        return ordered.map { ($0.element.key, $0.element.value) }
    }

    mutating func take(_ note: LogRecord.TaskNote) {
        switch note.event {
        case .received: received[note.id] = received[note.id] ?? note.name
        case .retried:
            retries += 1
            // A task whose process was lost may be tried again: then it has not failed after all.
            if failures.remove(note.id) != nil { ended.remove(note.id) }
        case .returned: break
        case .ended: ended.append(note.id)
        case .succeeded: if ended.append(note.id).inserted { succeeded += 1 }
        case .failed: if ended.append(note.id).inserted { failures.insert(note.id) }
        }
    }

    /// Reads files, `-` is standard input, however large.
    ///
    /// - Parameters:
    ///   - each: gets each record when it is whole, behind its lines.
    ///   - continued: gets each line that goes on with the record before it, which is `nil` at a file's begin.
    /// - Throws: `PlatformError` for a file that can't be read.
    static func read(
        _ files: [String],
        each: (LogRecord) -> Void,
        continued: (String, LogRecord?) -> Void = { _, _ in }
    ) throws(PlatformError) {
        for file in files {
            var reader = try LineReader(file, limit: longestLine)
            var last: LogRecord?
            while let bytes = try reader.next() {
                let line = String(decoding: bytes, as: UTF8.self)
                guard let record = LogRecord(line) else {
                    continued(line, last)
                    last?.goOn(line)
                    continue
                }
                if let last { each(last) }
                for line in record.trace { continued(line, record) }
                last = record
            }
            if let last { each(last) }
        }
    }

    /// What the logs say about all of their tasks.
    static func audit(_ files: [String]) throws(PlatformError) -> LogAudit {
        var audit = LogAudit()
        try read(files, each: { if let note = $0.task { audit.take(note) } })
        return audit
    }
}

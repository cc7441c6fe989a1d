/// What a maintenance task returns (application reference, 4.16). As in Python an error is a result too: the task
/// doesn't fail.
enum MaintenanceResult<Report: Encodable & Sendable>: Encodable, Sendable {
    case finished(Report)
    /// Another run holds the task's lock: `{"status": "skipped", "reason": …}`, as the application's tasks of other
    /// kinds say it.
    case skipped(reason: String)
    /// `{"status": "error", "error": …}`.
    case failed(error: String)

    private enum CodingKeys: String, CodingKey { case status, reason, error }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .finished(let report):
            try report.encode(to: encoder)
        case .skipped(let reason):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("skipped", forKey: .status)
            try container.encode(reason, forKey: .reason)
        case .failed(let error):
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode("error", forKey: .status)
            try container.encode(error, forKey: .error)
        }
    }
}

/// The report of a task that goes through recordings: `status`, its count, `errors_count`, `errors`, `message`.
struct RecordingsReport: Encodable, Sendable, Hashable {
    /// What the count is called.
    enum Count: String, Sendable {
        case expired
        case filesCleaned = "files_cleaned"
        case hardDeleted = "hard_deleted"
    }

    let count: Count
    let tally: Tally
    let message: String

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(_ name: String) { stringValue = name }
        init(stringValue: String) { self.init(stringValue) }
        init?(intValue: Int) { nil }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(tally.status, forKey: Key("status"))
        try container.encode(tally.done, forKey: Key(count.rawValue))
        try container.encode(tally.errorCount, forKey: Key("errors_count"))
        try container.encode(tally.errors, forKey: Key("errors"))
        try container.encode(message, forKey: Key("message"))
    }
}

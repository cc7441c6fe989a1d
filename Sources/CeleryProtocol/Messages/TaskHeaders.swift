public import BrokerModel

/// A task message's metadata: the header table of protocol 2, or the same fields from the body of protocol 1.
///
/// Celery reference, 1.2 and 1.8. Absent and void fields are alike.
public struct TaskHeaders: Sendable {
    /// Celery's message protocols.
    public enum Version: Sendable, Hashable {
        /// Everything is in the body.
        case one
        /// Metadata is in the headers.
        case two
    }

    public var version: Version
    /// The name of the task.
    public var task: String
    public var id: String
    /// A name to show instead of the task's.
    public var shadow: String?
    /// Not to be run before.
    public var eta: Instant?
    /// Not to be run after.
    public var expires: Instant?
    /// The id of the group that the task is part of.
    public var group: String?
    /// The place in the group, from 0.
    public var groupIndex: Int?
    /// How often the task has been retried.
    public var retries = 0
    /// The hard limit in seconds.
    public var timeLimit: Double?
    /// The soft limit in seconds.
    public var softTimeLimit: Double?
    /// The first task of the workflow; `nil` for protocol 1.
    public var rootID: String?
    /// The task that published this one.
    public var parentID: String?
    /// The positional arguments as text, for logs and events. The producer may hide secrets in it: never recompute it.
    public var argsRepr: String?
    /// The keyword arguments as text, see `argsRepr`.
    public var kwargsRepr: String?
    /// The node that published, `gen<pid>@<host>`.
    public var origin: String?
    /// The producer's language.
    public var lang: String?
    /// `nil` leaves the choice to the task.
    public var ignoreResult: Bool?
    /// How deep the task was replaced by others.
    public var replacedTaskNesting = 0
    /// The names of the stamps.
    public var stampedHeaders: [String]?
    /// The values of the stamps.
    public var stamps: FieldTable = [:]
    /// How the body is compressed (Celery reference, 1.7).
    public var compression: String?
    /// The header table as it came, unknown names included.
    public var raw: FieldTable

    /// Makes the metadata of a message of protocol 2 with nothing but a name and an id.
    public init(task: String, id: String, version: Version = .two, raw: FieldTable = [:]) {
        self.version = version
        self.task = task
        self.id = id
        self.raw = raw
    }

    /// Reads the header table of protocol 2; `nil` when it has no `task`, so that the message is of protocol 1 or
    /// foreign.
    ///
    /// Fields that only serve display are dropped when they have a wrong type.
    ///
    /// - Throws: `InvalidMessage` when the id is missing or a field that matters can't be read.
    public init?(properties: MessageProperties) throws(InvalidMessage) {
        guard let table = properties.headers, TaskHeaders.isProtocolTwo(properties) else { return nil }
        self.init(task: "", id: "", raw: table)
        var hasID = false
        for entry in table.entries {
            guard let field = HeaderField(name: entry.name) else { continue }
            if field == .id { hasID = !entry.value.isVoid }
            try set(field, entry)
        }
        guard hasID else { throw InvalidMessage(.missingID, "task message has no id") }
    }

    /// Whether the message has the header that marks protocol 2.
    public static func isProtocolTwo(_ properties: MessageProperties) -> Bool {
        guard let entries = properties.headers?.entries else { return false }
        return entries.contains { $0.name.utf8.count == 4 && $0.name == "task" }
    }

    /// The name to show in logs and events.
    public var displayName: String {
        if let shadow, !shadow.isEmpty { shadow } else { task }
    }
}

public import JSON
public import OrderedCollections

/// An event of a worker or of a task, as a monitor hears it: of Python's workers and of these (Celery reference, 6.1).
public struct ReceivedEvent: Sendable, Hashable {
    /// For example `task-received`; a task's own events have names of their own.
    public let type: String
    /// The node name of who sent it.
    public let node: String
    /// When it happened by the sender's clock, in seconds since 1970.
    public let timestamp: Double
    /// All members as they came, those above among them.
    public let fields: JSONObject

    /// Takes an object that has the members of all events.
    ///
    /// - Throws: `InvalidMessage` for anything else.
    public init(_ value: JSONValue) throws(InvalidMessage) {
        guard let fields = value.object else { throw InvalidMessage(.invalidField, "an event is an object") }
        guard let type = fields["type"]?.string, let node = fields["hostname"]?.string,
            let timestamp = fields["timestamp"]?.double, timestamp.isFinite
        else { throw InvalidMessage(.invalidField, "an event has a type, a hostname and a timestamp") }
        let isOfTask = type.hasPrefix("task-")
        guard !isOfTask || fields["uuid"]?.string != nil else {
            throw InvalidMessage(.invalidField, "an event of a task has a uuid")
        }
        guard max(type.utf8.count, node.utf8.count, fields["uuid"]?.string?.utf8.count ?? 0) <= Self.maximumNameBytes
        else { throw InvalidMessage(.invalidField, "an event's names have \(Self.maximumNameBytes) bytes at most") }
        self.type = type
        self.node = node
        self.timestamp = timestamp
        self.fields = fields
    }

    /// How long a type, a node's name and an id may be.
    static let maximumNameBytes = 1_024

    /// The task that it is about; `nil` for an event of a worker.
    public var taskID: String? { type.hasPrefix("task-") ? fields["uuid"]?.string : nil }

    /// The type behind its group: `received` of `task-received`.
    public var subject: String {
        type.firstIndex(of: "-").map { String(type[type.index(after: $0)...]) } ?? ""
    }

    /// Hours that the sender's clock is west of UTC; `nil` if it does not say.
    public var utcOffset: Double? { fields["utcoffset"]?.double }
}

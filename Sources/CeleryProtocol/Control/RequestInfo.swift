public import JSON
import OrderedCollections

/// A task that a worker has, as `active`, `reserved`, `scheduled` and `query_task` tell it (Celery reference, 7.4).
public struct RequestInfo: Sendable {
    public var headers: TaskHeaders
    /// The task's arguments; as texts where they are to be shown as the producer shows them, or can't be read.
    public var args: JSONValue
    public var kwargs: JSONValue
    /// The worker.
    public var node: String
    public var exchange: String
    public var routingKey: String
    public var priority: UInt8?
    public var isRedelivered: Bool
    /// When it began to run.
    public var startedAt: Instant?
    public var isAcknowledged: Bool
    /// The process that runs it.
    public var processID: Int32?

    public init(
        headers: TaskHeaders,
        args: JSONValue,
        kwargs: JSONValue,
        node: String,
        exchange: String,
        routingKey: String,
        priority: UInt8? = nil,
        isRedelivered: Bool = false,
        startedAt: Instant? = nil,
        isAcknowledged: Bool = false,
        processID: Int32? = nil
    ) {
        self.headers = headers
        self.args = args
        self.kwargs = kwargs
        self.node = node
        self.exchange = exchange
        self.routingKey = routingKey
        self.priority = priority
        self.isRedelivered = isRedelivered
        self.startedAt = startedAt
        self.isAcknowledged = isAcknowledged
        self.processID = processID
    }

    /// The value that goes into replies.
    public var json: JSONValue {
        [
            "id": .string(headers.id),
            "name": .string(headers.shadow ?? headers.task),
            "args": args,
            "kwargs": kwargs,
            "type": .string(headers.task),
            "hostname": .string(node),
            "time_start": startedAt.map { .double($0.secondsSince1970) } ?? .null,
            "acknowledged": .bool(isAcknowledged),
            "delivery_info": [
                "exchange": .string(exchange), "routing_key": .string(routingKey),
                "priority": priority.map { .integer(Int64($0)) } ?? .null, "redelivered": .bool(isRedelivered),
            ],
            "worker_pid": processID.map { .integer(Int64($0)) } ?? .null,
        ]
    }
}

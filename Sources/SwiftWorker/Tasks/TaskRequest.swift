public import BrokerModel
import CeleryProtocol
import JSON
import Threads

/// A task message's metadata as a body sees it: Python's `self.request` (Celery reference, 3.5).
public struct TaskRequest: Sendable {
    let envelope: Envelope

    init(envelope: Envelope) {
        self.envelope = envelope
    }

    /// Makes a request without a message, for running a body in a test.
    public init(
        id: String,
        task: String,
        retries: Int = 0,
        routingKey: String = "",
        headers: FieldTable = [:],
        replyTo: String? = nil,
        correlationID: String? = nil,
        hostname: String = ""
    ) {
        var table = headers
        table["task"] = .string(task)
        table["id"] = .string(id)
        table["retries"] = .integer(retries)
        let properties = MessageProperties(headers: table, correlationID: correlationID ?? id, replyTo: replyTo)
        let message = IncomingMessage(routingKey: routingKey, queue: routingKey, properties: properties, body: [])
        var parsed = TaskHeaders(task: task, id: id)
        parsed.retries = retries
        parsed.raw = table
        self.init(envelope: Envelope(headers: parsed, message: message, hostname: hostname))
    }

    public var id: String { envelope.headers.id }
    public var task: String { envelope.headers.task }
    /// The id of the workflow's first task.
    public var rootID: String? { envelope.headers.rootID }
    /// The id of the task that published this one.
    public var parentID: String? { envelope.headers.parentID }
    public var group: String? { envelope.headers.group }
    public var groupIndex: Int? { envelope.headers.groupIndex }
    /// How often the task has been retried.
    public var retries: Int { envelope.headers.retries }
    /// The node that published, `gen<pid>@host`.
    public var origin: String? { envelope.headers.origin }
    /// The whole header table, with whatever the producer added.
    public var headers: FieldTable { envelope.headers.raw }
    public var properties: MessageProperties { envelope.message.properties }
    public var correlationID: String? { envelope.message.properties.correlationID }
    public var replyTo: String? { envelope.message.properties.replyTo }
    /// The exchange the message came through; empty for the default exchange.
    public var exchange: String { envelope.message.exchange }
    public var routingKey: String { envelope.message.routingKey }
    /// The queue the message was taken from.
    public var queue: String { envelope.message.queue }
    public var priority: Int? { envelope.message.properties.priority.map(Int.init) }
    /// Whether the broker delivered the message before.
    public var isRedelivered: Bool { envelope.message.isRedelivered }
    /// The node name of this worker.
    public var hostname: String { envelope.hostname }

    /// What parts of a delivery outlive its settlement.
    final class Envelope: Sendable {
        let headers: TaskHeaders
        let message: IncomingMessage
        let hostname: String
        private let state = Lock(State())

        private struct State {
            var children: [JSONValue] = []
            var storing: Task<Void, Never>?
        }

        init(headers: TaskHeaders, message: IncomingMessage, hostname: String) {
            self.headers = headers
            self.message = message
            self.hostname = hostname
        }

        /// The tasks that the body published, in Celery's tuple form (reference, 4.6).
        var children: [JSONValue] { state.withLock { $0.children } }

        func addChild(_ child: JSONValue) {
            state.withLock { $0.children.append(child) }
        }

        /// Stores a state in the background, behind those before it: a reader sees them in their order.
        ///
        /// It begins on the calling thread: a first state is on its way to the publisher without another thread waking.
        func chainStore(_ store: @escaping @Sendable () async -> Void) {
            let before = state.withLock { $0.storing }
            let storing = Task.immediate {
                await before?.value
                await store()
            }
            state.withLock { $0.storing = storing }
        }

        /// Waits until the states under way are stored.
        func finishStoring() async {
            await state.withLock { $0.storing }?.value
        }
    }
}

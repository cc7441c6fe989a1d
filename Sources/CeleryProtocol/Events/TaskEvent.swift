public import BrokerModel
public import JSON

/// What monitors are told of a task (Celery reference, 6.3).
public enum TaskEvent: Sendable, Hashable {
    /// This worker has published the task.
    case sent(Arrival, queue: String, exchange: String, routingKey: String)
    /// The task is here: as its message names it and its arguments.
    case received(Arrival)
    case started
    /// - `result`: as Python prints it, shortened; `runtime` in seconds.
    case succeeded(result: String, runtime: Double)
    /// - `exception`: as Python prints it. There is no traceback of a task that is not registered.
    case failed(exception: String, traceback: String?)
    case retried(exception: String, traceback: String)
    case revoked(terminated: Bool, signal: Int32?, expired: Bool)
    case rejected(requeue: Bool)
    /// A shutdown or a lost connection has stopped the body.
    case cancelled
    /// An event of the task's own.
    case custom(type: String, fields: JSONObject)

    /// What a task's message says of it.
    public struct Arrival: Sendable, Hashable {
        public var name: String
        /// As Python prints them; the producer has shortened them.
        public var args: String?
        public var kwargs: String?
        public var rootID: String?
        public var parentID: String?
        public var retries: Int
        public var eta: Instant?
        public var expires: Instant?

        /// - Parameter table: of a message that is about to be published.
        public init(_ table: FieldTable) {
            name = table["task"]?.string ?? ""
            args = table["argsrepr"]?.string
            kwargs = table["kwargsrepr"]?.string
            rootID = table["root_id"]?.string
            parentID = table["parent_id"]?.string
            retries = table["retries"]?.integer ?? 0
            eta = table["eta"]?.string.flatMap { Instant(iso8601: $0) }
            expires = table["expires"]?.string.flatMap { Instant(iso8601: $0) }
        }

        public init(_ headers: TaskHeaders) {
            name = headers.shadow ?? headers.task
            args = headers.argsRepr
            kwargs = headers.kwargsRepr
            rootID = headers.rootID
            parentID = headers.parentID
            retries = headers.retries
            eta = headers.eta
            expires = headers.expires
        }
    }

    /// The event's name, for example `task-received`.
    public var type: String {
        switch self {
        case .sent: "task-sent"
        case .received: "task-received"
        case .started: "task-started"
        case .succeeded: "task-succeeded"
        case .failed: "task-failed"
        case .retried: "task-retried"
        case .revoked: "task-revoked"
        case .rejected: "task-rejected"
        case .cancelled: "task-cancelled"
        case .custom(let type, _): type
        }
    }
}

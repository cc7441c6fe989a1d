import CeleryProtocol
import JSON
import OrderedCollections

/// What is known of a task by its events.
struct MonitorTask: Sendable, Hashable {
    let id: String
    /// When the first event was heard, in seconds on this machine's even clock.
    let seenAt: Double
    var name: String?
    /// The worker.
    var node: String?
    var state = TaskState.pending
    /// When the state was heard of; and when it came about by the sender's clock, in seconds since 1970.
    var changedAt: Double
    var timestamp = 0.0
    /// When it was heard that it runs.
    var startedAt: Double?
    /// In seconds, as its worker measured it.
    var runtime: Double?
    var traceback: String?
    /// All else that is shown of it, shortened: `args`, `result`, `exception` …
    var details: OrderedDictionary<String, String> = [:]

    /// How much of each text is kept, in characters; of a traceback the end.
    static let maximumText = 1_024
    static let maximumTraceback = 4_096

    private static let shown = [
        "args", "kwargs", "result", "exception", "retries", "eta", "expires", "root_id", "parent_id", "queue",
        "exchange",
        "routing_key", "terminated", "signum", "expired", "requeue",
    ]

    init(id: String, at now: Double) {
        self.id = id
        seenAt = now
        changedAt = now
    }

    /// Takes an event in. Events may come in another order than they happened: then a state that was before the one known
    /// changes nothing but what it alone tells (Celery reference, 6.6).
    mutating func apply(_ event: ReceivedEvent, at now: Double) {
        let next = Self.state(after: event.subject)
        if next == TaskState.retry || state == TaskState.retry || Self.rank(next) <= Self.rank(state) {
            state = next
            changedAt = now
            timestamp = event.timestamp
            if next == TaskState.started { startedAt = now }
        }
        let fields = event.fields
        if let name = fields["name"]?.string { self.name = String(name.prefix(Self.maximumText)) }
        if event.subject != "sent" { node = event.node }
        if let runtime = fields["runtime"]?.double, runtime.isFinite { self.runtime = runtime }
        if let text = fields["traceback"]?.string { traceback = String(text.suffix(Self.maximumTraceback)) }
        for key in Self.shown {
            guard let value = fields[key], value != .null else { continue }
            details[key] = String((value.string ?? PythonRepr.repr(value)).prefix(Self.maximumText))
        }
    }

    /// Whether it is yet to end.
    var isOpen: Bool { !TaskState.isReady(state) }

    /// Whether something went wrong.
    var isTrouble: Bool { TaskState.hasException(state) || state == TaskState.rejected }

    /// A task's own events are states of their own.
    private static func state(after subject: String) -> String {
        switch subject {
        case "sent": TaskState.pending
        case "received": TaskState.received
        case "started": TaskState.started
        case "succeeded": TaskState.success
        case "failed": TaskState.failure
        case "retried": TaskState.retry
        case "revoked": TaskState.revoked
        case "rejected": TaskState.rejected
        default: String(subject.uppercased().prefix(maximumText))
        }
    }

    /// Celery's order of states, the last ones first.
    private static func rank(_ state: String) -> Int {
        let order = [
            TaskState.success, TaskState.failure, nil, TaskState.revoked, TaskState.started, TaskState.received,
            TaskState.rejected, TaskState.retry, TaskState.pending,
        ]
        return order.firstIndex(of: state) ?? 2
    }
}

import CeleryProtocol
import DequeModule

/// The events that wait to be published, in the order in which they happened; pure and bounded.
///
/// When it is full, the oldest goes: monitors want to know how things are, and nobody waits for them.
struct EventQueue {
    /// What is published as one message.
    enum Letter: Sendable {
        /// A worker's event.
        case worker(WorkerEvent, EventStamp)
        /// An event of a task that has a message of its own.
        case single(EventMessage.TaskEntry)
        /// Events of tasks, together.
        case tasks([EventMessage.TaskEntry])
    }

    private enum Entry {
        case worker(WorkerEvent, EventStamp)
        case single(EventMessage.TaskEntry)
        case task(EventMessage.TaskEntry)
    }

    /// How many events of tasks go into a message; some hundred bytes each.
    static let batch = 500
    /// About how many bytes they may have: tracebacks may be long, and a broker takes no message of any size.
    static let batchBytes = 1 << 20

    let limit: Int
    private var entries: Deque<Entry> = []
    private var heartbeats = 0

    init(limit: Int) { self.limit = limit }

    var count: Int { entries.count }

    /// Whether a heartbeat is still to be published: another one would say the same.
    var hasHeartbeat: Bool { heartbeats > 0 }

    /// Adds an event of a task.
    ///
    /// - Returns: whether another one was dropped for it.
    mutating func add(_ entry: EventMessage.TaskEntry, alone: Bool) -> Bool {
        add(alone ? .single(entry) : .task(entry))
    }

    /// Adds an event of the worker.
    ///
    /// - Returns: whether another one was dropped for it.
    mutating func add(_ event: WorkerEvent, _ stamp: EventStamp) -> Bool {
        if case .heartbeat = event { heartbeats += 1 }
        return add(.worker(event, stamp))
    }

    /// Takes out what comes first, with the events of tasks that follow it closely.
    mutating func next() -> Letter? {
        switch popFirst() {
        case .worker(let event, let stamp): return .worker(event, stamp)
        case .single(let entry): return .single(entry)
        case .task(let entry):
            var tasks = [entry]
            var bytes = entry.roughBytes
            while tasks.count < Self.batch, case .task(let next)? = entries.first {
                bytes += next.roughBytes
                if bytes > Self.batchBytes { break }
                entries.removeFirst()
                tasks.append(next)
            }
            return .tasks(tasks)
        case nil: return nil
        }
    }

    private mutating func add(_ entry: Entry) -> Bool {
        entries.append(entry)
        return entries.count > limit && popFirst() != nil
    }

    private mutating func popFirst() -> Entry? {
        let entry = entries.popFirst()
        if case .worker(.heartbeat, _)? = entry { heartbeats -= 1 }
        return entry
    }
}

extension EventQueue.Letter {
    /// How many events it carries.
    var count: Int { if case .tasks(let entries) = self { entries.count } else { 1 } }
}

import BrokerModel
import CeleryProtocol
import CoreMetrics
import Threads

/// Makes the meters of task types and queues. Their labels are bounded: names come from messages and commands.
final class TaskMeters: Sendable {
    /// What stands for all task types and queues beyond the bounds, and for types that nobody registered here.
    static let other = "other"
    /// So many queues have a label of their own.
    static let maximumQueues = 100

    private struct State {
        var tasks: Set<String> = []
        var queues: Set<String> = []
    }

    private let factory: any MetricsFactory
    private let maximumTasks: Int
    private let clock: WorkerClock
    private let state = Lock(State())
    /// Those of types that nobody registered here.
    private let unregistered: TaskQueueMeters

    /// - Parameter maximumTasks: so many task types have a label of their own, those that come first.
    init(_ factory: any MetricsFactory, maximumTasks: Int, clock: WorkerClock) {
        self.factory = factory
        self.maximumTasks = maximumTasks
        self.clock = clock
        unregistered = TaskQueueMeters(task: nil)
    }

    /// The meter of a message.
    ///
    /// - Parameter meters: its task type's; `nil` when nobody registered that.
    func meter(of message: IncomingMessage, _ meters: TaskQueueMeters?) -> TaskMeter {
        let meters = meters ?? unregistered
        return meters.meter(for: message.queue) { task, queue in
            let (task, queue) = state.withLock { state in
                (
                    Self.label(task, among: &state.tasks, atMost: maximumTasks),
                    Self.label(queue, among: &state.queues, atMost: Self.maximumQueues)
                )
            }
            return TaskMeter(task: task, queue: queue, factory)
        }
    }

    /// For how long a message has waited in its queue before it came here; zero where nobody can know: few producers give
    /// their messages a time, and a delivery that is not the first, a retry, and what was delayed have waited for other
    /// reasons, too.
    func wait(inQueue message: IncomingMessage, _ headers: TaskHeaders) -> Duration {
        guard !message.isRedelivered, headers.eta == nil, headers.retries == 0,
            !DelayTopology.isDelayed(message.exchange)
        else { return .zero }
        let milliseconds = message.properties.headers?["timestamp_in_ms"]?.integer.map { Double($0) }
        guard let sent = milliseconds.map({ $0 / 1000 }) ?? message.properties.timestamp.map({ Double($0) }) else {
            return .zero
        }
        let wait = clock.wall() - Instant(secondsSince1970: sent)
        // A clock that is wrong by more than a month is no clock.
        return wait > .zero && wait < .seconds(2_678_400) ? wait : .zero
    }

    private static func label(_ name: String?, among known: inout Set<String>, atMost limit: Int) -> String {
        guard let name else { return other }
        if known.contains(name) { return name }
        guard known.count < limit else { return other }
        known.insert(name)
        return name
    }
}

/// The meters of one task type, by queue: a handful, found by comparing.
final class TaskQueueMeters: Sendable {
    private let task: String?
    private let meters = Lock<[(queue: String, meter: TaskMeter)]>([])

    /// - Parameter task: its name; `nil` stands for all that are not registered.
    init(task: String?) { self.task = task }

    func meter(for queue: String, make: (_ task: String?, _ queue: String) -> TaskMeter) -> TaskMeter {
        meters.withLock { meters in
            if let known = meters.first(where: { $0.queue == queue }) { return known.meter }
            let meter = make(task, queue)
            // Queues come and go by remote control; beyond the bound they share a label anyway.
            if meters.count < TaskMeters.maximumQueues * 2 { meters.append((queue, meter)) }
            return meter
        }
    }
}

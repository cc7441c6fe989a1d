import CeleryProtocol
import Logging
import Platform
import Synchronization
import Threads

/// Takes events from any thread, stamps and queues them; never blocks.
final class EventDispatcher: Sendable {
    /// How often the machine's distance from UTC is looked up: twice a year it changes.
    private static let zoneInterval: Duration = .seconds(60)
    /// How long a type may be: it is the message's routing key, too, which AMQP bounds.
    private static let maximumTypeBytes = 255

    private struct State {
        var queue: EventQueue
        var isClosed = false
        /// Whoever publishes waits to be woken.
        var isAsleep = false
        var zone: (offset: Double, until: Instant)?
    }

    private let state: Lock<State>
    private let logical: LogicalClock
    private let clock: WorkerClock
    private let counters: WorkerCounters
    private let logger: Logger
    private let tasksEnabled: Atomic<Bool>
    private let (wakeups, waker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// - Parameters:
    ///   - limit: how many events may wait.
    ///   - sendsTaskEvents: whether events of tasks are sent, until a command says otherwise.
    init(
        limit: Int,
        sendsTaskEvents: Bool,
        logical: LogicalClock,
        clock: WorkerClock,
        counters: WorkerCounters,
        logger: Logger
    ) {
        state = Lock(State(queue: EventQueue(limit: limit)))
        tasksEnabled = Atomic(sendsTaskEvents)
        self.logical = logical
        self.clock = clock
        self.counters = counters
        self.logger = logger
    }

    /// Whether events of tasks are wanted. To be asked first: most workers send none.
    var sendsTaskEvents: Bool { tasksEnabled.load(ordering: .relaxed) }

    /// Turns events of tasks on or off.
    ///
    /// - Returns: whether they were the other way before.
    func setTaskEvents(_ enabled: Bool) -> Bool {
        tasksEnabled.exchange(enabled, ordering: .relaxed) != enabled
    }

    /// Queues an event of a task. One of its own has a message of its own, so that it can be bound to by name.
    func send(_ event: TaskEvent, of id: String) {
        let alone = if case .custom = event { true } else { false }
        let bytes = event.type.utf8.count
        if alone, bytes == 0 || bytes > Self.maximumTypeBytes {
            counters.eventsDropped.increment()
            logger.warning(
                """
                events: An event of task \(id) is dropped: its type has \(bytes) bytes; it may have 1 to \
                \(Self.maximumTypeBytes)
                """
            )
            return
        }
        add { queue, stamp in queue.add(EventMessage.TaskEntry(id: id, event: event, stamp: stamp), alone: alone) }
    }

    /// Queues an event of the worker; no second heartbeat behind one that is not published yet.
    func send(_ event: WorkerEvent) {
        add { queue, stamp in
            if case .heartbeat = event, queue.hasHeartbeat { return false }
            return queue.add(event, stamp)
        }
    }

    /// Waits for events; `nil` when there are none left after `close()`.
    func next() async -> EventQueue.Letter? {
        var iterator = wakeups.makeAsyncIterator()
        while true {
            let (letter, isClosed) = state.withLock { state in
                let letter = state.queue.next()
                state.isAsleep = letter == nil
                return (letter, state.isClosed)
            }
            if let letter { return letter }
            if isClosed { return nil }
            if await iterator.next() == nil { return nil }
        }
    }

    /// Takes nothing more; what is queued can still be taken out.
    func close() {
        state.withLock { $0.isClosed = true }
        waker.yield()
    }

    /// Counts what is left behind as dropped.
    func dropAll() {
        let count = state.withLock { state in
            var count = 0
            while let letter = state.queue.next() { count += letter.count }
            return count
        }
        counters.eventsDropped.increment(by: count)
    }

    private func add(_ add: (inout EventQueue, EventStamp) -> Bool) {
        let now = clock.wall()
        let (isDropped, wakes) = state.withLock { state in
            if state.isClosed { return (true, false) }
            // Under the lock, so that logical times are in the queue's order.
            let isDropped = add(&state.queue, stamp(now, &state))
            defer { state.isAsleep = false }
            return (isDropped, state.isAsleep)
        }
        if isDropped { counters.eventsDropped.increment() }
        if wakes { waker.yield() }
    }

    private func stamp(_ now: Instant, _ state: inout State) -> EventStamp {
        let zone: Double
        if let known = state.zone, now < known.until {
            zone = known.offset
        } else {
            let second = Int(now.secondsSince1970)
            // In hours to the west, where the system counts seconds to the east; and no -0.0.
            zone = 0 - Double(WallClock.localOffsetSeconds(ofSecond: second)) / 3600
            state.zone = (zone, now + Self.zoneInterval)
        }
        return EventStamp(time: now, clock: logical.forward(), utcOffset: zone)
    }
}

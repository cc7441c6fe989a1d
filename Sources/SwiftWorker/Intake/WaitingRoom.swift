import BrokerModel
import CeleryProtocol
import HeapModule
import Threads

/// Holds requests for a while, mostly until their ETA, and then lets them go.
///
/// They stay unsettled here, as in Celery (reference, 3.3), so the broker still has them if the worker dies; `ParkingRule`
/// says which come here, and for how long. How long is a matter of monotonic time, while an ETA is one of the clock. So
/// the clock is watched: when it is set, all are let go, to be looked at once more.
final class WaitingRoom: Sendable {
    /// How often the clock is looked at while requests wait.
    static let watch: Duration = .seconds(1)
    /// By how much it must have been set to be noticed; less is no matter for an ETA.
    static let tolerance: Duration = .milliseconds(500)

    private let clock: WorkerClock
    private let countChanged: @Sendable (Int) -> Void
    private let wakeups: Wakeups
    private let state = Lock(State())

    private struct State {
        var waiting = Heap<Entry>()
        var arrivals = 0
        /// The time of day at which the monotonic clock showed `watchedAt`.
        var watched: Instant?
        var watchedAt: ContinuousClock.Instant?
        var isClosed = false
    }

    private struct Entry: Comparable, Sendable {
        let due: ContinuousClock.Instant
        /// Keeps those of the same time in the order of arrival.
        let number: Int
        let request: Request

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }

        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    /// - Parameter countChanged: hears how many wait, after each change.
    init(clock: WorkerClock, countChanged: @escaping @Sendable (Int) -> Void) {
        self.clock = clock
        self.countChanged = countChanged
        wakeups = Wakeups(clock: clock)
    }

    /// Those that wait, the first due first.
    var requests: [Request] {
        state.withLock { $0.waiting.isEmpty ? [] : $0.waiting.unordered.sorted().map(\.request) }
    }

    var count: Int { state.withLock { $0.waiting.count } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Holds a request for so long.
    ///
    /// - Returns: `false` after `close()`; the request is the caller's again.
    func hold(_ request: Request, for time: Duration) -> Bool {
        let now = clock.monotonic()
        let next: (count: Int, wake: ContinuousClock.Instant)? = state.withLock { state in
            if state.isClosed { return nil }
            state.arrivals += 1
            if state.waiting.isEmpty { note(now, &state) }
            state.waiting.insert(Entry(due: now + time, number: state.arrivals, request: request))
            return (state.waiting.count, nextWake(state, now))
        }
        guard let next else { return false }
        wakeups.wake(at: next.wake)
        countChanged(next.count)
        return true
    }

    /// Lets go whoever has waited long enough, until the calling task is cancelled.
    func run(_ release: @Sendable ([Request]) -> Void) async {
        for await _ in wakeups.signals { letGo(release) }
    }

    /// Takes out all that wait, for example because their connection is gone.
    func removeAll() -> [Request] {
        let removed = state.withLock { Self.takeAll(&$0) }
        wakeups.cancel()
        if !removed.isEmpty { countChanged(0) }
        return removed
    }

    /// Takes out those that `selects` names.
    func remove(where selects: (Request) -> Bool) -> [Request] {
        let (removed, count) = state.withLock { state in
            // A heap gives out its first element only.
            var entries = state.waiting.unordered
            let removed = entries.extract { selects($0.request) }
            if !removed.isEmpty { state.waiting = Heap(entries) }
            return (removed.map(\.request), entries.count)
        }
        if !removed.isEmpty { countChanged(count) }
        return removed
    }

    /// Takes out all that wait, and holds nothing more.
    func close() -> [Request] {
        state.withLock { $0.isClosed = true }
        return removeAll()
    }

    private func letGo(_ release: @Sendable ([Request]) -> Void) {
        let now = clock.monotonic()
        let (due, count, wake) = state.withLock { state in
            var due: [Request] = []
            if isClockSet(now, state) {
                due = Self.takeAll(&state)
            } else {
                while let first = state.waiting.min, first.due <= now { due.append(state.waiting.removeMin().request) }
            }
            note(now, &state)
            return (due, state.waiting.count, state.waiting.isEmpty ? nil : nextWake(state, now))
        }
        if let wake { wakeups.wake(at: wake) }
        if due.isEmpty { return }
        countChanged(count)
        release(due)
    }

    private static func takeAll(_ state: inout State) -> [Request] {
        let requests = state.waiting.unordered.sorted().map(\.request)
        state.waiting = Heap()
        return requests
    }

    private func nextWake(_ state: State, _ now: ContinuousClock.Instant) -> ContinuousClock.Instant {
        min(state.waiting.min?.due ?? now, now + Self.watch)
    }

    private func note(_ now: ContinuousClock.Instant, _ state: inout State) {
        (state.watched, state.watchedAt) = (clock.wall(), now)
    }

    private func isClockSet(_ now: ContinuousClock.Instant, _ state: State) -> Bool {
        guard let watched = state.watched, let watchedAt = state.watchedAt else { return false }
        let difference = (clock.wall() - watched) - (now - watchedAt)
        return difference > Self.tolerance || difference < .zero - Self.tolerance
    }
}

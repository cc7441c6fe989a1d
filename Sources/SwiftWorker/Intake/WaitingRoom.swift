import BrokerModel
import CeleryProtocol
import HeapModule
import Threads

/// Holds requests until their ETA and then hands them to the pool.
///
/// They stay unsettled here, as in Celery (reference, 3.3), so the broker still has them if the worker dies. How many
/// there can be is bounded by the prefetch count.
final class WaitingRoom: Sendable {
    private let clock: WorkerClock
    private let release: @Sendable ([Request]) -> Void
    private let countChanged: @Sendable (Int) -> Void
    private let state = Lock(State())

    private struct State {
        var waiting = Heap<Entry>()
        var arrivals = 0
        var timer: (due: Instant, task: Task<Void, Never>)?
        var isClosed = false
    }

    private struct Entry: Comparable, Sendable {
        let due: Instant
        /// Keeps those of the same time in the order of arrival.
        let number: Int
        let request: Request

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }

        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    /// - Parameters:
    ///   - release: takes the requests whose time has come.
    ///   - countChanged: hears how many wait, after each change.
    init(
        clock: WorkerClock,
        countChanged: @escaping @Sendable (Int) -> Void,
        release: @escaping @Sendable ([Request]) -> Void
    ) {
        self.clock = clock
        self.countChanged = countChanged
        self.release = release
    }

    var count: Int { state.withLock { $0.waiting.count } }

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Holds a request until `due`; a time in the past releases it at once.
    ///
    /// - Returns: `false` after `close()`; the request is the caller's again.
    func hold(_ request: Request, until due: Instant) -> Bool {
        let count: Int? = state.withLock { state in
            if state.isClosed { return nil }
            state.arrivals += 1
            state.waiting.insert(Entry(due: due, number: state.arrivals, request: request))
            arm(&state)
            return state.waiting.count
        }
        if let count { countChanged(count) }
        return count != nil
    }

    /// Takes out all that wait, for example because their connection is gone.
    func removeAll() -> [Request] {
        let removed = state.withLock { state in
            state.timer?.task.cancel()
            state.timer = nil
            let requests = state.waiting.unordered.map(\.request)
            state.waiting = Heap()
            return requests
        }
        if !removed.isEmpty { countChanged(0) }
        return removed
    }

    /// Takes out all that wait, and holds nothing more.
    func close() -> [Request] {
        state.withLock { $0.isClosed = true }
        return removeAll()
    }

    /// Lets one timer sleep until the earliest time.
    private func arm(_ state: inout State) {
        guard let due = state.waiting.min?.due else { return }
        if let timer = state.timer {
            if timer.due <= due { return }
            timer.task.cancel()
        }
        let delay = max(.zero, due - clock.wall())
        state.timer = (
            due,
            Task { [weak self, clock] in
                do { try await clock.sleep(delay) } catch { return }
                self?.fire()
            }
        )
    }

    private func fire() {
        let (due, count) = state.withLock { state in
            state.timer = nil
            var due: [Request] = []
            let now = clock.wall()
            while let first = state.waiting.min, first.due <= now {
                due.append(state.waiting.removeMin().request)
            }
            arm(&state)
            return (due, state.waiting.count)
        }
        if due.isEmpty { return }
        countChanged(count)
        release(due)
    }
}

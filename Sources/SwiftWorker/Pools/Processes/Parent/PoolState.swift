import DequeModule
import Processes
import Threads

/// What the threads of the worker and the thread of the process pool share.
final class PoolState: Sendable {
    private let state: Lock<State>

    private struct State {
        var capacity: Int
        var queue = Deque<Request>()
        /// By job number.
        var running: [Int: RunningTask] = [:]
        /// The children, as the pool's thread has them.
        var processes: [Int32] = []
        /// How many of them are ready for tasks.
        var servingCount = 0
        /// When the thread was told something that it has not heard yet.
        var unheardSince: ContinuousClock.Instant?
        var lastJob = 0
        var orders: [Order] = []
        var isStopped = false
        /// Wakes the pool's thread; `nil` when there is none.
        var wakeup: Wakeup?
        /// The pool's thread sleeps, and whether it could use a request.
        var sleep: (isOn: Bool, takesWork: Bool) = (false, false)
        var finishing: [CheckedContinuation<Void, Never>] = []

        mutating func takeQueue() -> [Request] {
            // As in `BlockingQueue`: an empty deque's array is a race to the thread sanitizer.
            if queue.isEmpty { return [] }
            defer { queue.removeAll() }
            return Array(queue)
        }
    }

    /// What the pool's thread is told to do.
    enum Order: Sendable {
        case cancel([Int], CancellationCause, grace: Duration)
        /// Kill their processes; they have been told of already.
        case kill([Int])
        /// The job's effects of that child have room again.
        case resume(child: Int)
        /// What a dead child left behind is gone.
        case swept
        /// Replace the children, as they become idle.
        case restart
        /// Capacity, or stop.
        case look
    }

    init(capacity: Int) {
        state = Lock(State(capacity: capacity))
    }

    // For the worker's threads.

    var capacity: Int { state.withLock { $0.capacity } }

    var running: [RunningTask] {
        state.withLock { state in state.running.sorted { $0.key < $1.key }.map(\.value) }
    }

    // As in `takeQueue`.
    var waiting: [Request] { state.withLock { $0.queue.isEmpty ? [] : Array($0.queue) } }

    var processes: [Int32] { state.withLock { $0.processes } }

    var servingCount: Int { state.withLock { $0.servingCount } }

    /// For how long the pool's thread has not heard what it was told; tells it to look.
    func stillness(at now: ContinuousClock.Instant) -> Duration {
        if state.withLock({ $0.unheardSince == nil }) { order(.look) }
        return state.withLock { state in
            guard state.wakeup != nil, let since = state.unheardSince else { return .zero }
            return max(.zero, now - since)
        }
    }

    func submit(_ request: Request) -> Bool {
        state.withLock { state in
            if state.isStopped { return false }
            state.queue.append(request)
            return true
        }
    }

    func wake() {
        let wakeup: Wakeup? = state.withLock { state in
            guard state.sleep.isOn, state.sleep.takesWork, !state.queue.isEmpty else { return nil }
            state.sleep.isOn = false
            return state.wakeup
        }
        wakeup?.signal()
    }

    func withdraw(where selects: (Request) -> Bool) -> [Request] {
        // As in `takeQueue`.
        state.withLock { state in state.queue.isEmpty ? [] : state.queue.extract(where: selects) }
    }

    func resize(to capacity: Int) {
        state.withLock { $0.capacity = capacity }
        order(.look)
    }

    func cancel(_ cause: CancellationCause, grace: Duration, where selects: @Sendable (Request) -> Bool) {
        let running = state.withLock { $0.running }
        let jobs = running.filter { selects($0.value.request) }.map(\.key)
        if !jobs.isEmpty { order(.cancel(jobs, cause, grace: grace)) }
    }

    func abandon() -> [Request] {
        let running = state.withLock { state in
            defer { state.running = [:] }
            return state.running
        }
        if !running.isEmpty { order(.kill(Array(running.keys))) }
        return running.values.map(\.request)
    }

    func stop() -> [Request] {
        let unstarted = state.withLock { state in
            state.isStopped = true
            return state.takeQueue()
        }
        order(.look)
        return unstarted
    }

    func finish() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.wakeup != nil { state.finishing.append(continuation) }
                return state.wakeup == nil
            }
            if isOver { continuation.resume() }
        }
    }

    /// Takes note of the children.
    func setProcesses(_ processes: [Int32], servingCount: Int) {
        state.withLock { state in
            state.processes = processes
            state.servingCount = servingCount
        }
    }

    func order(_ order: Order) {
        let wakeup: Wakeup? = state.withLock { state in
            state.orders.append(order)
            state.unheardSince = state.unheardSince ?? .now
            defer { state.sleep.isOn = false }
            return state.sleep.isOn ? state.wakeup : nil
        }
        wakeup?.signal()
    }

    // For the pool's thread.

    /// What has changed since the last time.
    struct News {
        var orders: [Order]
        var capacity: Int
        var isStopped: Bool
    }

    /// Notes that the thread is awake.
    func takeNews() -> News {
        state.withLock { state in
            state.sleep.isOn = false
            state.unheardSince = nil
            defer { state.orders = [] }
            return News(orders: state.orders, capacity: state.capacity, isStopped: state.isStopped)
        }
    }

    /// Notes that the thread goes to sleep.
    ///
    /// - Returns: `false` when there is something to do first.
    func sleep(takesWork: Bool) -> Bool {
        state.withLock { state in
            guard state.orders.isEmpty, !(takesWork && !state.queue.isEmpty) else { return false }
            state.sleep = (true, takesWork)
            return true
        }
    }

    var hasWork: Bool { state.withLock { !$0.queue.isEmpty } }

    /// Takes the next request to be run by a child; it counts as running from here on.
    func begin(in processID: Int32) -> (job: Int, Request)? {
        state.withLock { state in
            // The capacity may have changed since the thread looked last.
            guard state.running.count < state.capacity, let request = state.queue.popFirst() else { return nil }
            state.lastJob += 1
            state.running[state.lastJob] = RunningTask(request: request, since: .now, processID: processID)
            return (state.lastJob, request)
        }
    }

    /// Notes that a job has ended.
    ///
    /// - Returns: whether it was still the pool's to report.
    func end(_ job: Int) -> Bool {
        state.withLock { $0.running.removeValue(forKey: job) != nil }
    }

    /// Puts a request that no child has got back in front.
    ///
    /// - Returns: `false` when the pool has stopped or the request was given up: it is not in the queue.
    func putBack(_ job: Int) -> Bool {
        state.withLock { state in
            guard let running = state.running.removeValue(forKey: job) else { return true }
            if state.isStopped { return false }
            state.queue.prepend(running.request)
            return true
        }
    }

    func beginServing(_ wakeup: Wakeup) {
        state.withLock { $0.wakeup = wakeup }
    }

    func endServing() {
        let finishing = state.withLock { state in
            state.wakeup = nil
            defer { state.finishing = [] }
            return state.finishing
        }
        for continuation in finishing { continuation.resume() }
    }
}

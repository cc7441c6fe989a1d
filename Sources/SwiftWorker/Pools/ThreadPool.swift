import Threads

/// Runs each body on an operating system thread of its own, so that bodies may block. `-P solo` is the same with one
/// slot.
///
/// A thread can't be ended from outside. At its hard limit a body loses its slot instead: a fresh thread takes over, and
/// the old one ends when its body returns, which nobody hears of any more.
final class ThreadPool: Pool {
    let kind: PoolKind
    private let runner: TaskRunner
    private let report: PoolReport
    private let queue = BlockingQueue<Request>()
    private let state: Lock<State>
    private let alarm = Alarm()

    private struct Running {
        let request: Request
        let cancellation: Cancellation
        let since: ContinuousClock.Instant
        var limits: LimitWatch
    }

    private struct State {
        var capacity: Int
        /// The threads that serve, by number.
        var slots: Set<Int> = []
        var running: [Int: Running] = [:]
        var lastSlot = 0
        /// Threads whose bodies go on after their hard limit.
        var abandoned = 0
        var isStopped = false
        var finishing: [CheckedContinuation<Void, Never>] = []

        mutating func addSlot() -> Int {
            lastSlot += 1
            slots.insert(lastSlot)
            return lastSlot
        }

        /// Those who wait for the end, if it is there.
        mutating func takeFinishing() -> [CheckedContinuation<Void, Never>] {
            guard isStopped, slots.isEmpty else { return [] }
            defer { finishing = [] }
            return finishing
        }
    }

    init(kind: PoolKind, capacity: Int, runner: TaskRunner, report: PoolReport) {
        self.kind = kind
        self.runner = runner
        self.report = report
        state = Lock(State(capacity: capacity))
    }

    var capacity: Int { state.withLock { $0.capacity } }

    var running: [RunningTask] {
        state.withLock { state in
            state.running.sorted { $0.key < $1.key }.map { _, running in
                RunningTask(request: running.request, since: running.since, processID: nil)
            }
        }
    }

    var waiting: [Request] { queue.waiting }

    var processes: [Int32] { [] }

    var servingCount: Int { state.withLock { $0.slots.count } }

    var stillness: Duration { .zero }

    func restart() {}

    deinit { alarm.close() }

    func start() throws {
        try alarm.start { [weak self] in self?.checkLimits() }
        for _ in 0..<capacity { try startSlot() }
    }

    func submit(_ request: Request) -> Bool { queue.append(request) }

    func wake() { queue.wake() }

    func withdraw(where selects: (Request) -> Bool) -> [Request] { queue.removeAll(where: selects) }

    func resize(to capacity: Int) {
        let change = state.withLock { state in
            defer { state.capacity = capacity }
            return state.isStopped ? 0 : capacity - state.capacity
        }
        if change < 0 { queue.dismiss(-change) }
        // Without a thread the pool is smaller than wished, until the next change.
        for _ in 0..<max(0, change) { try? startSlot() }
    }

    func cancelRunning(_ cause: CancellationCause, grace: Duration, where selects: @Sendable (Request) -> Bool) {
        for running in state.withLock({ Array($0.running.values) }) where selects(running.request) {
            running.cancellation.cancel(cause)
        }
    }

    func abandon() -> [Request] {
        let (requests, finishing) = state.withLock { state in
            let requests = state.running.values.map(\.request)
            state.slots.subtract(state.running.keys)
            state.running = [:]
            return (requests, state.takeFinishing())
        }
        for continuation in finishing { continuation.resume() }
        return requests
    }

    func stop() -> [Request] {
        state.withLock { $0.isStopped = true }
        return queue.close()
    }

    func finish() async {
        await withCheckedContinuation { continuation in
            let finishing = state.withLock { state in
                state.finishing.append(continuation)
                return state.takeFinishing()
            }
            for continuation in finishing { continuation.resume() }
        }
    }

    private func startSlot() throws {
        let slot = state.withLock { $0.addSlot() }
        do {
            try OperatingThread.start(name: "slot-\(slot)") { self.serve(slot) }
        } catch {
            end(slot)
            throw error
        }
    }

    /// A slot's life: one request after the other, until the queue is closed or the slot is taken away.
    private func serve(_ slot: Int) {
        let executor = ThreadExecutor()
        while let request = queue.next() {
            let cancellation = Cancellation()
            begin(request, cancellation, in: slot)
            let outcome =
                report.refusal(request)
                ?? runner.run(request.job, on: executor, cancellation) { [self] in
                    report.started(request, nil)
                    watchLimits(of: request, in: slot)
                }
            let isStillOurs = state.withLock { $0.running.removeValue(forKey: slot) != nil }
            guard isStillOurs else { break }
            report.waitForRoom()
            report.finished(request, outcome)
        }
        end(slot)
    }

    private func begin(_ request: Request, _ cancellation: Cancellation, in slot: Int) {
        let now = ContinuousClock.now
        let running = Running(
            request: request,
            cancellation: cancellation,
            since: now,
            limits: LimitWatch(TaskLimits(), from: now)
        )
        state.withLock { $0.running[slot] = running }
    }

    /// Ends a thread; one that was abandoned is so no longer.
    private func end(_ slot: Int) {
        let finishing = state.withLock { state in
            if state.slots.remove(slot) == nil { state.abandoned = max(0, state.abandoned - 1) }
            return state.takeFinishing()
        }
        for continuation in finishing { continuation.resume() }
    }

    /// A body's limits count from its start.
    private func watchLimits(of request: Request, in slot: Int) {
        guard request.limits != TaskLimits() else { return }
        let watch = LimitWatch(request.limits, from: .now)
        state.withLock { $0.running[slot]?.limits = watch }
        if let next = watch.next { alarm.set(at: next) }
    }

    private func checkLimits() {
        var soft: [(Running, Duration)] = []
        var hard: [(Running, Duration)] = []
        let next = state.withLock { state in
            let now = ContinuousClock.now
            for slot in state.running.keys {
                switch state.running[slot]?.limits.tick(at: now) {
                case .soft(let limit): if let running = state.running[slot] { soft.append((running, limit)) }
                case .hard(let limit):
                    state.slots.remove(slot)
                    state.abandoned += 1
                    if let running = state.running.removeValue(forKey: slot) { hard.append((running, limit)) }
                case .nothing, nil: break
                }
            }
            return state.running.values.compactMap(\.limits.next).min()
        }
        if let next { alarm.set(at: next) }
        for (running, limit) in soft {
            report.softLimitPassed(running.request, limit)
            running.cancellation.cancel(.softTimeLimit(limit))
        }
        for (running, limit) in hard {
            running.cancellation.cancel(.timeLimit(limit))
            let (isStopped, abandoned) = state.withLock { ($0.isStopped, $0.abandoned) }
            if !isStopped { try? startSlot() }
            report.slotAbandoned(running.request, abandoned)
            report.finished(running.request, .timedOut(limit))
        }
        let finishing = state.withLock { $0.takeFinishing() }
        for continuation in finishing { continuation.resume() }
    }
}

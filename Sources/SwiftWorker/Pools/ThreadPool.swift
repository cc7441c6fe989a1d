import Threads

/// Runs each body on one of a fixed number of operating system threads, so that bodies may block. `-P solo` is the same
/// with one slot.
final class ThreadPool: Pool {
    let kind: PoolKind
    let capacity: Int
    private let report: PoolReport
    private let queue = BlockingQueue<Request>()
    private let state = Lock(State())

    private struct State {
        /// What each busy slot runs; the task's handle is for cancelling.
        var running: [Int: (request: Request, task: Task<Outcome, Never>)] = [:]
        var liveSlots = 0
        var isAbandoned = false
        var finishing: [CheckedContinuation<Void, Never>] = []
    }

    init(kind: PoolKind, capacity: Int, report: PoolReport) {
        self.kind = kind
        self.capacity = capacity
        self.report = report
    }

    func start() throws {
        for slot in 0..<capacity {
            state.withLock { $0.liveSlots += 1 }
            try OperatingThread.start(name: "slot-\(slot + 1)") { self.serve(slot) }
        }
    }

    func submit(_ request: Request) -> Bool { queue.append(request) }

    func wake() { queue.wake() }

    func withdraw() -> [Request] { queue.removeAll() }

    func cancelRunning() {
        for slot in state.withLock({ Array($0.running.values) }) { slot.task.cancel() }
    }

    func abandon() -> [Request] {
        let (requests, finishing) = state.withLock { state in
            state.isAbandoned = true
            defer { state.finishing = [] }
            return (state.running.values.map(\.request), state.finishing)
        }
        for continuation in finishing { continuation.resume() }
        return requests
    }

    func stop() -> [Request] { queue.close() }

    func finish() async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.liveSlots == 0 || state.isAbandoned { return true }
                state.finishing.append(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// A slot's life: one request after the other, until the queue is closed.
    private func serve(_ slot: Int) {
        let executor = ThreadExecutor()
        while let request = queue.next() {
            let outcome = executor.run(
                started: { task in state.withLock { $0.running[slot] = (request, task) } },
                { [report] in await report.run(request) }
            )
            let isAbandoned = state.withLock { state in
                state.running[slot] = nil
                return state.isAbandoned
            }
            if !isAbandoned { report.finished(request, outcome) }
        }
        let finishing = state.withLock { state in
            state.liveSlots -= 1
            if state.liveSlots > 0 { return [CheckedContinuation<Void, Never>]() }
            defer { state.finishing = [] }
            return state.finishing
        }
        for continuation in finishing { continuation.resume() }
    }
}

import CeleryProtocol
import Logging
import Processes

/// The thread of a process pool: owns the children, hands out requests and hears what the children say. Nothing here
/// waits but `Poller.wait`.
///
/// It starts the children, too: a child is killed when the thread that started it ends.
final class PoolThread {
    /// Stands for the wakeup; a child's tokens begin at 4.
    static let wakeupToken: UInt64 = 0
    /// How soon to look again when completion has no room.
    private static let roomPause: Duration = .milliseconds(2)

    let parts: ProcessPool.Parts
    let shared: PoolState
    let poller: Poller
    var children: [Int: PoolProcess] = [:]
    /// Those that wait for a task; the last one worked last.
    var idle: [PoolProcess] = []
    var busyCount = 0
    /// How many dead children's leavings are being cleared away.
    var sweeps = 0
    var starts = StartPolicy()
    /// The number of children may not be what it should.
    var needsStaff = true
    /// The memory for what is read of a child's output.
    var buffer = [UInt8](repeating: 0, count: 64 << 10)

    private(set) var capacity = 0
    private(set) var isStopped = false
    private var lastNumber = 0
    /// Marks what this pool's children start.
    private let mark = String(UInt64.random(in: .min ... .max), radix: 16)
    private var encoder = FrameEncoder()
    /// Completion has no room for another outcome.
    private var lacksRoom = false
    /// Before this nothing is due.
    private var due: ContinuousClock.Instant?

    var options: ProcessPool.Options { parts.options }
    var report: PoolReport { parts.report }
    var logger: Logger { parts.logger }

    init(_ parts: ProcessPool.Parts, _ shared: PoolState, _ poller: Poller) {
        self.parts = parts
        self.shared = shared
        self.poller = poller
    }

    /// Serves until the pool is stopped and all children are gone.
    func run() {
        while step() {}
        shared.endServing()
    }

    private func step() -> Bool {
        follow(shared.takeNews())
        if needsStaff { staff() }
        dispatch()
        // Those that got their last task are replaced while it runs.
        if needsStaff { staff() }
        if isStopped && children.isEmpty && sweeps == 0 { return false }
        let takesWork = !idle.isEmpty && busyCount < capacity && !lacksRoom
        handle(poller.wait(shared.sleep(takesWork: takesWork) ? timeout : .zero))
        if let due, due <= .now { tick() }
        return true
    }

    private var timeout: Duration? {
        let due = due.map { $0 - .now }
        return lacksRoom ? min(due ?? Self.roomPause, Self.roomPause) : due
    }

    /// Sees to it that `tick` is called at that time at the latest.
    func remind(at instant: ContinuousClock.Instant?) {
        guard let instant else { return }
        due = min(due ?? instant, instant)
    }

    /// Looks at all that may be due.
    private func tick() {
        due = nil
        let now = ContinuousClock.now
        for child in Array(children.values) { tick(child, at: now) }
    }

    private func follow(_ news: PoolState.News) {
        needsStaff = needsStaff || news.capacity != capacity || news.isStopped != isStopped
        (capacity, isStopped) = (news.capacity, news.isStopped)
        for order in news.orders {
            switch order {
            case .cancel(let jobs, let cause, let grace): cancel(Set(jobs), cause, grace)
            case .kill(let jobs): kill(Set(jobs))
            case .resume(let number): if let child = children[number] { pause(child, false) }
            case .swept: sweeps -= 1
            case .restart: for child in Array(children.values) where !child.isSpent { spendSoon(child) }
            case .look: break
            }
        }
    }

    // Children: as many as there shall be.

    /// Starts what is missing, and lets go what is too much.
    private func staff() {
        let now = ContinuousClock.now
        let wanted = isStopped ? 0 : capacity
        let serving = children.values.filter { !$0.isSpent && $0.life.isServing }
        let starting = serving.count { $0.life.isStarting }
        if serving.count > wanted {
            let free = serving.filter { $0.life.phase == .idle } + serving.filter { $0.life.phase == .starting }
            for child in free.prefix(serving.count - wanted) { retire(child) }
            // Busy ones go after their task.
            needsStaff = serving.count - free.count > wanted
            return
        }
        let missing = wanted - serving.count
        let count = starts.allowance(of: missing, starting: starting, at: now)
        needsStaff = count < missing
        for _ in 0..<count { startChild(at: now) }
        if needsStaff, let notBefore = starts.notBefore, notBefore > now { remind(at: notBefore) }
    }

    private func startChild(at now: ContinuousClock.Instant) {
        lastNumber += 1
        do {
            let child = try PoolProcess(lastNumber, options, mark: mark, at: now)
            children[child.number] = child
            tellChildren()
            parts.counters.childrenStarted.increment()
            try watch(child)
            remind(at: child.life.due)
            logger.debug("Child process \(child.id) started")
        } catch {
            startFailed("\(error)", at: now)
        }
    }

    private func watch(_ child: PoolProcess) throws(ProcessError) {
        try poller.add(child.exitDescriptor, .reading, token: child.token(.exit))
        try poller.add(child.control.descriptor, .reading, token: child.token(.control))
        try poller.add(child.tasks.descriptor, child.taskInterest, token: child.token(.tasks))
        if let output = child.outputDescriptor { try poller.add(output, .reading, token: child.token(.output)) }
    }

    /// Notes a start in vain, and when the next is tried.
    func startFailed(_ reason: String, at now: ContinuousClock.Instant) {
        let pause = starts.failed(at: now)
        needsStaff = true
        remind(at: starts.notBefore)
        logger.error("A child process did not start: \(reason). The next one is tried in \(pause.secondsText) s.")
        if starts.failures == StartPolicy.patience {
            report.failed("\(starts.failures) child processes in a row did not start: \(reason)")
        }
    }

    // Requests: each to a child that waits.

    /// Hands out requests as long as there are some, and children for them.
    func dispatch() {
        lacksRoom = false
        while busyCount < capacity, let child = idle.last {
            guard report.hasRoom() else {
                lacksRoom = shared.hasWork
                return
            }
            guard let (job, request) = shared.begin(in: child.id) else { return }
            if let outcome = report.refusal(request) {
                if shared.end(job) { report.finished(request, outcome) }
                continue
            }
            idle.removeLast()
            send(job, request, to: child)
        }
    }

    private func send(_ number: Int, _ request: Request, to child: PoolProcess) {
        let now = ContinuousClock.now
        encoder.removeAll()
        ParentFrame.run(job: number, request.envelope.message).write(to: &encoder)
        busyCount += 1
        child.begin(PoolProcess.RunningJob(number, request, at: now), at: now)
        if child.taskCount == options.maxTasks { spend(child) }
        remind(at: child.job?.watch.due)
        if options.memoryLimit != nil { remind(at: now + Self.memoryPause) }
        guard child.send(encoder.bytes) else { return channelClosed(child) }
        if child.hasUnsent { poller.change(child.tasks.descriptor, child.taskInterest, token: child.token(.tasks)) }
        accept(child)
    }

    /// Tells of the start once all of the job is on its way.
    func accept(_ child: PoolProcess) {
        guard !child.hasUnsent, let job = child.job, !job.isSent else { return }
        child.job?.isSent = true
        report.started(job.request, child.id)
    }

    /// Has a child replaced: now, if it is idle, else after its task.
    private func spendSoon(_ child: PoolProcess) {
        spend(child)
        guard child.life.phase == .idle else { return }
        forgetIdle(child)
        retire(child)
    }

    func tellChildren() {
        shared.setProcesses(
            children.sorted { $0.key < $1.key }.map(\.value.id),
            servingCount: children.values.count { $0.life.phase == .idle || $0.life.phase == .busy }
        )
    }

    /// Notes that a child takes nothing more after its task; its replacement starts now.
    func spend(_ child: PoolProcess) {
        child.isSpent = true
        needsStaff = true
    }
}

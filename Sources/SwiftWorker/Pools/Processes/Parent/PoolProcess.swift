import Processes

/// One child process as its parent has it: the process, its channels and what it does. Only the pool's thread knows it.
final class PoolProcess {
    /// The descriptors by which a child is heard.
    enum Source: UInt64 {
        case output, tasks, control, exit

        /// - Parameter token: one of a child's.
        init?(_ token: UInt64) { self.init(rawValue: token & 3) }
    }

    /// A job that it runs.
    struct RunningJob {
        let number: Int
        let request: Request
        var watch: JobWatch
        /// Whether all of the job has been sent.
        var isSent = false
        /// `nil` as long as its body has asked for nothing.
        var effects: JobEffects?

        init(_ number: Int, _ request: Request, at now: ContinuousClock.Instant) {
            self.number = number
            self.request = request
            watch = JobWatch(request.limits, from: now)
        }
    }

    /// From 1, in the order of starts.
    let number: Int
    let id: Int32
    /// When its start began.
    let since: ContinuousClock.Instant
    var life: ChildLife
    var job: RunningJob?
    /// How many tasks it has begun.
    private(set) var taskCount = 0
    /// Its last task runs, or it is to end anyway: a replacement is due.
    var isSpent = false
    /// Nothing is read from it as long as it has asked for too much.
    var isPaused = false
    var output = ChildOutput()
    let tasks: StreamSocket
    let control: StreamSocket
    /// An entry of its environment that nobody else has; what it starts inherits it.
    let mark: String
    /// Readable when it has ended, until it is reaped.
    let exitDescriptor: Int32
    private var process: ChildProcess?
    private let reader: OutputReader?
    /// The reader's; `nil` when the child prints elsewhere.
    let outputDescriptor: Int32?
    private var inbox: FrameInbox
    private var taskOutbox = Outbox()
    private var controlOutbox = Outbox()
    private var controlInbox = FrameInbox(limit: FrameLimits.control)
    private var pings = 0
    /// This process's peak memory before the child's start, in KiB: the kernel counts it as the child's.
    private let parentPeak = ProcessMemory.ownPeak
    /// The peak memory as it was last looked at.
    private var peak = 0

    /// The name of the variable that marks all that a child has started.
    private static let markName = "_SWIFTWORKER_POOL_CHILD"
    /// What Swift prints of a crash, where its tool for it is installed: so much that it fits the evidence.
    private static let backtrace = "color=no,threads=crashed,registers=none,images=none,limit=8,top=0"

    /// Starts a child and sends its hello.
    ///
    /// - Throws: when the system refuses.
    init(
        _ number: Int,
        _ options: ProcessPool.Options,
        mark: String,
        at now: ContinuousClock.Instant
    ) throws(ProcessError) {
        let taskPair = try SocketPair()
        let controlPair = try SocketPair()
        var command = Command(
            options.executable,
            [PoolChild.marker, options.child.hostname, "\(number)"],
            name: options.programName
        )
        command.defaults["SWIFT_BACKTRACE"] = Self.backtrace
        command.variables[Self.markName] = "\(mark).\(number)"
        self.mark = "\(Self.markName)=\(mark).\(number)"
        let channels = [taskPair.childEnd, controlPair.childEnd]
        let process: ChildProcess
        if options.redirectsOutput {
            let pipe = try OutputPipe()
            process = try Self.start(command, prints: (pipe.childEnd, pipe.childEnd), channels)
            let reader = pipe.intoReader()
            outputDescriptor = reader.descriptor
            self.reader = consume reader
        } else {
            process = try Self.start(command, prints: (1, 2), channels)
            outputDescriptor = nil
            reader = nil
        }
        self.number = number
        since = now
        id = process.id
        exitDescriptor = process.exitDescriptor
        self.process = consume process
        life = ChildLife(options.times, at: now)
        inbox = FrameInbox(limit: options.child.frameLimit)
        tasks = taskPair.intoOurs()
        control = controlPair.intoOurs()
        var hello = FrameEncoder()
        ParentFrame.hello(options.child).write(to: &hello)
        _ = send(hello.bytes)
    }

    private static func start(
        _ command: Command,
        prints: (Int32, Int32),
        _ channels: [Int32]
    ) throws(ProcessError) -> ChildProcess {
        try ChildProcess(command, descriptors: [nil, prints.0, prints.1] + channels.map { $0 }, isolation: .session)
    }

    // What the poller says of it: its number, and which descriptor.

    func token(_ source: Source) -> UInt64 { UInt64(number) << 2 | source.rawValue }

    static func number(_ token: UInt64) -> Int { Int(token >> 2) }

    var taskInterest: Poller.Interest {
        var interest: Poller.Interest = isPaused ? [] : .reading
        if hasUnsent { interest.insert(.writing) }
        return interest
    }

    // Its work.

    func begin(_ job: RunningJob, at now: ContinuousClock.Instant) {
        self.job = job
        taskCount += 1
        output.forgetEvidence()
        _ = life.handle(.taskBegan, at: now)
    }

    func endJob(at now: ContinuousClock.Instant) -> RunningJob? {
        guard let job else { return nil }
        self.job = nil
        _ = life.handle(.taskEnded, at: now)
        return job
    }

    // Its end.

    /// How it has ended, once it has.
    var end: (status: ExitStatus, usage: ResourceUsage)? {
        switch process {
        case .some(let process): process.end()
        case .none: nil
        }
    }

    /// Sends a signal to it and to its process group.
    func signal(_ number: Int32) {
        switch process {
        case .some(let process): process.signalGroup(number)
        case .none: break
        }
    }

    /// Kills it, and its process group.
    func kill() {
        switch process {
        case .some(let process): process.killGroup()
        case .none: break
        }
    }

    /// Hands out the process, to be reaped.
    func takeProcess() -> ChildProcess? { process.take() }

    /// What an exit status means: what it was killed for, if that is what ended it.
    func cause(of status: ExitStatus) -> WorkerLoss.Cause {
        switch status {
        case .exited(PoolChild.disconnectedCode): return .disconnected
        case .exited(let code): return .exit(code)
        case .signalled(let number, _):
            let name = ExitStatus.name(ofSignal: number)
            if name == "SIGKILL", case .lost(let cause) = life.verdict { return cause }
            return .signal(number, name: name)
        }
    }

    /// Looks how large it has become: once it has ended, nobody knows.
    func notePeak() { peak = ProcessMemory.peak(of: id) ?? 0 }

    /// Its peak memory in KiB; 0 when it is not known.
    func peakMemory(_ usage: ResourceUsage) -> Int {
        let counted = usage.peakMemory / 1024
        return max(peak, counted > parentPeak ? counted : 0)
    }

    // Its channels.

    /// Sends bytes on the channel for tasks, without waiting; `hasUnsent` says whether all went.
    ///
    /// - Returns: `false` when the channel is closed.
    func send(_ bytes: [UInt8]) -> Bool { taskOutbox.send(bytes, to: tasks) }

    /// Goes on sending.
    func flush() -> Bool { taskOutbox.flush(to: tasks) }

    var hasUnsent: Bool { !taskOutbox.isEmpty }

    func ping() {
        pings += 1
        tell(.ping(pings))
    }

    func cancel(_ job: Int, _ cause: CancellationCause) { tell(.cancel(job: job, cause)) }

    /// Sends on the channel for control. What does not fit goes out with the next frame: a child that does not read it
    /// is stuck, and found so.
    private func tell(_ frame: ControlFrame) {
        if !controlOutbox.isEmpty { _ = controlOutbox.flush(to: control) }
        _ = controlOutbox.send(frame.bytes, to: control)
    }

    /// Reads the channel for tasks once.
    func receive() -> StreamSocket.Received { inbox.fill(from: tasks, waits: false) }

    /// The next frame that has been read.
    func nextFrame() throws(FrameError) -> ChildFrame? {
        guard let frame = try inbox.next() else { return nil }
        return try ChildFrame(frame)
    }

    /// Reads once what it prints.
    func readOutput(into buffer: inout [UInt8]) -> StreamSocket.Received {
        switch reader {
        case .some(let reader): reader.read(into: &buffer)
        case .none: .closed
        }
    }

    /// Reads the channel for control.
    ///
    /// - Returns: whether a sign of life was there; `nil` when the channel is closed.
    func receiveControl() throws(FrameError) -> Bool? {
        let received = controlInbox.fill(from: control, waits: false)
        var isAlive = false
        while let frame = try controlInbox.next() {
            guard case .pong = try ControlFrame(frame) else { throw FrameError("a control frame that is no answer") }
            isAlive = true
        }
        return received == .closed ? nil : isAlive
    }
}

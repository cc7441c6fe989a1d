/// How a worker stops.
public enum ShutdownKind: Sendable, Hashable {
    /// Takes no more messages, gives back what has not started, lets running tasks finish.
    case warm
    /// Also cancels the running tasks; with `worker_soft_shutdown_timeout` only after so long.
    case cold
}

/// A signal of the process that a worker understands (Celery reference, 3.14).
public enum WorkerSignal: Sendable, Hashable {
    /// TERM: warm.
    case terminate
    /// INT: warm, then cold.
    case interrupt
    /// QUIT: cold.
    case quit
    /// HUP: warm, and then this program once more.
    case hangUp
}

/// What a signal asks of the process.
public enum SignalResponse: Sendable, Hashable {
    /// It changes nothing.
    case nothing
    /// A step has begun; the line is for whoever watches.
    case say(String)
    /// The process is to end at once, with this exit code.
    case exit(Int32)
}

/// What the signals and requests so far amount to; pure (Celery reference, 3.14).
struct ShutdownState: Sendable, Hashable {
    /// How far a worker has come; it never goes back.
    enum Phase: Int, Sendable, Comparable {
        case running
        /// Running tasks finish.
        case warm
        /// Running tasks have a last while, and are then cancelled.
        case soft
        /// Running tasks are cancelled.
        case cold

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// What has to be done now.
    enum Action: Sendable, Hashable {
        /// A phase begins, with the line that is printed.
        case begin(Phase, message: String)
        /// The process ends at once.
        case exit(Int32)
        /// Nothing.
        case ignore
    }

    /// Whether a cold shutdown begins soft.
    let isSoftFirst: Bool
    private(set) var phase = Phase.running
    private(set) var exitCode: Int32 = 0
    /// Whether the program is to start once more after the shutdown.
    private(set) var isRestart = false

    init(isSoftFirst: Bool = false) {
        self.isSoftFirst = isSoftFirst
    }

    mutating func receive(_ signal: WorkerSignal) -> Action {
        // Whoever stops a worker that is about to restart wants it to stop.
        if signal != .hangUp { isRestart = false }
        switch (signal, phase) {
        case (.terminate, .running): return begin(.warm, exitCode: 0, Self.warm)
        case (.interrupt, .running): return begin(.warm, exitCode: 1, "\(Self.coldIsNext)\n\n\(Self.warm)")
        case (.hangUp, .running):
            isRestart = true
            return begin(.warm, exitCode: 0, "worker: Restarting: \(Self.warmFirst)")
        case (.quit, .running), (.quit, .warm): return beginCold(exitCode: 0)
        case (.interrupt, .warm): return beginCold(exitCode: 1)
        case (.quit, .soft), (.interrupt, .soft): return begin(.cold, exitCode: exitCode, Self.cold)
        case (.quit, .cold), (.interrupt, .cold): return .exit(1)
        case (.terminate, _), (.hangUp, _): return .ignore
        }
    }

    /// A request by the program itself.
    mutating func request(_ kind: ShutdownKind) -> Action {
        if kind == .warm { return phase == .running ? receive(.terminate) : .ignore }
        return phase < .soft ? beginCold(exitCode: 0) : .ignore
    }

    /// The while that a soft shutdown grants is over.
    mutating func endSoft() -> Action {
        phase == .soft ? begin(.cold, exitCode: exitCode, Self.cold) : .ignore
    }

    /// The exit code of a worker that has lost too many threads, or can't start processes: `EX_SOFTWARE`, a failure, so
    /// that its supervisor starts a fresh one.
    static let replacementExitCode: Int32 = 70

    /// The worker asks to be replaced.
    mutating func requestReplacement() -> Action {
        guard phase == .running else { return .ignore }
        return begin(
            .warm,
            exitCode: Self.replacementExitCode,
            "worker: This worker can't go on: warm shutdown, so that a fresh worker takes over"
        )
    }

    private static let warm = "worker: Warm shutdown (MainProcess)"
    private static let warmFirst = "Warm shutdown (MainProcess), then the same command once more"
    private static let cold = "worker: Cold shutdown (MainProcess)"
    private static let coldIsNext =
        "worker: Hitting Ctrl+C again will initiate cold shutdown, terminating all running tasks!"
    private static let endIsNext = "worker: Hitting Ctrl+C again will terminate all running tasks!"

    private mutating func beginCold(exitCode: Int32) -> Action {
        isSoftFirst
            ? begin(.soft, exitCode: exitCode, Self.endIsNext)
            : begin(.cold, exitCode: exitCode, "\(Self.endIsNext)\n\n\(Self.cold)")
    }

    private mutating func begin(_ phase: Phase, exitCode: Int32, _ message: String) -> Action {
        self.phase = phase
        self.exitCode = exitCode
        return .begin(phase, message: message)
    }
}

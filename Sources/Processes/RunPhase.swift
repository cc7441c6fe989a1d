/// Where a run stands: the decisions about a child's end, without I/O. Times are on the caller's monotonic clock.
struct RunPhase {
    enum Event: Sendable, Hashable {
        case cancelled
        case leaderExited
        case outputsEnded
        /// Nothing but time has passed.
        case tick
    }

    enum Action: Sendable, Hashable {
        case nothing
        /// SIGTERM to the group.
        case terminate
        /// SIGKILL to the group.
        case kill
        /// Take the status; no more is to be read.
        case finish
    }

    private enum State {
        case running
        /// Told to end, until the instant given.
        case terminating(Duration)
        case killed
        /// The leader is gone and what it left is killed; what the pipes hold is read, until the instant given.
        case draining(Duration)
    }

    private var state = State.running
    private let deadline: Duration?
    private let grace: Duration
    private let drainTime: Duration
    private var outputsEnded = false
    /// Why the run is being ended, if it isn't the program's own doing.
    private(set) var cause: ProcessError.Code?

    init(deadline: Duration?, grace: Duration, drainTime: Duration = .seconds(2)) {
        self.deadline = deadline
        self.grace = grace
        self.drainTime = drainTime
    }

    /// When `.tick` is due, if at all.
    var nextInstant: Duration? {
        switch state {
        case .running: deadline
        case .terminating(let until), .draining(let until): until
        case .killed: nil
        }
    }

    mutating func handle(_ event: Event, at now: Duration) -> Action {
        switch (state, event) {
        case (.running, .cancelled):
            return terminate(because: .cancelled, at: now)
        case (.running, .tick):
            guard let deadline, now >= deadline else { return .nothing }
            return terminate(because: .timedOut, at: now)
        case (.terminating(let until), .tick) where now >= until:
            state = .killed
            return .kill
        case (.draining(let until), .tick) where now >= until:
            return .finish
        case (.draining, .leaderExited), (.draining, .cancelled):
            return .nothing
        case (.draining, .outputsEnded):
            return .finish
        case (_, .leaderExited):
            guard !outputsEnded else { return .finish }
            state = .draining(now + drainTime)
            return .kill
        case (_, .outputsEnded):
            outputsEnded = true
            return .nothing
        default:
            return .nothing
        }
    }

    private mutating func terminate(because code: ProcessError.Code, at now: Duration) -> Action {
        cause = code
        state = .terminating(now + grace)
        return .terminate
    }
}

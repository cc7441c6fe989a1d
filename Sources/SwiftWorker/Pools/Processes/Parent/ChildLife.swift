/// Where a child process stands between its start and its end: decides, and does nothing itself.
struct ChildLife: Sendable {
    /// How long things may take.
    struct Times: Sendable {
        /// From the start until it is ready; `nil` is without limit.
        var start: Duration?
        /// Between two questions for a sign of life; `nil` asks for none.
        var heartbeat: Duration?
        /// From the end of its last task, or of its channel, until it has exited.
        var exit: Duration = .seconds(5)
        /// From the loss of its channel until it has exited, if it is dying.
        var loss: Duration = .seconds(1)
    }

    enum Phase: Sendable, Hashable {
        case starting
        case idle
        case busy
        /// Its channel was closed for it to end.
        case retiring
        /// Its channel is closed from the other side: it dies, or it has closed it.
        case disconnected
        /// It was killed; its exit follows.
        case killed
        case exited
    }

    enum Event: Sendable, Hashable {
        /// It waits for its first task.
        case ready
        case taskBegan
        case taskEnded
        case pong
        /// The other side closed the channel.
        case channelClosed
        /// The pool has no use for it any more; only while it is idle.
        case retire
        case exited
        /// Nothing but time has passed.
        case tick
    }

    enum Action: Sendable, Hashable {
        case nothing
        /// Ask it for a sign of life.
        case ping
        /// Close the channel for it to end.
        case closeChannel
        case kill
    }

    /// Why it was killed.
    enum Verdict: Sendable, Hashable {
        /// If a task ran, this is how it was lost.
        case lost(WorkerLoss.Cause)
        /// Its task has ended otherwise: by its hard limit, by cancellation, or given up; or it had none yet.
        case taskEnded
        /// It was not ready in time.
        case notReady(Duration)
        /// It did not exit in time.
        case overdue
    }

    /// After so many unanswered questions it counts as stuck.
    static let missedHeartbeats = 3

    private let times: Times
    private(set) var phase = Phase.starting
    private(set) var verdict: Verdict?
    private var wasReady = false
    private var unanswered = 0
    /// When `.tick` is due; `nil` once it was killed or has exited.
    private(set) var due: ContinuousClock.Instant?

    init(_ times: Times, at now: ContinuousClock.Instant) {
        self.times = times
        due = times.start.map { now + $0 }
    }

    /// Whether it is on its way to its first task. One that dies on the way is so until its end is known.
    var isStarting: Bool { phase == .starting || (phase == .disconnected && !wasReady) }

    /// Whether it can have tasks, now or later.
    var isServing: Bool { phase == .idle || phase == .busy || isStarting }

    mutating func handle(_ event: Event, at now: ContinuousClock.Instant) -> Action {
        switch (phase, event) {
        case (.starting, .ready):
            phase = .idle
            wasReady = true
            due = times.heartbeat.map { now + $0 }
        case (.idle, .taskBegan): phase = .busy
        case (.busy, .taskEnded): phase = .idle
        case (.idle, .pong), (.busy, .pong): unanswered = 0
        case (.idle, .retire):
            phase = .retiring
            due = now + times.exit
            return .closeChannel
        case (.starting, .channelClosed), (.idle, .channelClosed), (.busy, .channelClosed):
            phase = .disconnected
            due = now + times.loss
        case (_, .exited):
            phase = .exited
            due = nil
        case (_, .tick): return tick(at: now)
        default: break
        }
        return .nothing
    }

    /// Decides to kill it.
    ///
    /// - Returns: whether that is new.
    mutating func kill(_ verdict: Verdict) -> Bool {
        guard phase != .killed, phase != .exited else { return false }
        self.verdict = verdict
        phase = .killed
        due = nil
        return true
    }

    private mutating func tick(at now: ContinuousClock.Instant) -> Action {
        guard let due, now >= due else { return .nothing }
        let verdict: Verdict
        switch (phase, times.start, times.heartbeat) {
        case (.starting, let time?, _): verdict = .notReady(time)
        case (.idle, _, let heartbeat?), (.busy, _, let heartbeat?):
            guard unanswered >= Self.missedHeartbeats else {
                unanswered += 1
                self.due = now + heartbeat
                return .ping
            }
            verdict = .lost(.unresponsive(heartbeat * Self.missedHeartbeats))
        case (.retiring, _, _): verdict = .overdue
        case (.disconnected, _, _): verdict = .lost(.disconnected)
        default: return .nothing
        }
        return kill(verdict) ? .kill : .nothing
    }
}

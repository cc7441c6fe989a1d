/// What becomes due while a job runs in a child process: its limits, and the end of a cancellation's grace; pure.
struct JobWatch: Sendable {
    enum Action: Sendable, Hashable {
        case nothing
        /// Cancel the body.
        case soft(Duration)
        /// Kill the process: the hard limit has passed.
        case hard(Duration)
        /// Kill the process: the body did not end after it was cancelled.
        case force(CancellationCause)
    }

    private var limits: LimitWatch
    private var forced: (cause: CancellationCause, at: ContinuousClock.Instant)?

    init(_ limits: TaskLimits, from start: ContinuousClock.Instant) {
        self.limits = LimitWatch(limits, from: start)
    }

    /// When `tick` is due next, if at all.
    var due: ContinuousClock.Instant? {
        switch (limits.next, forced?.at) {
        case (let limit?, let end?): min(limit, end)
        case (let limit, let end): limit ?? end
        }
    }

    /// Why the body was cancelled, if it was.
    var cause: CancellationCause? { forced?.cause }

    /// Notes that the body was cancelled, and until when it may go on. The first cause counts.
    mutating func cancel(_ cause: CancellationCause, until end: ContinuousClock.Instant) {
        forced = (forced?.cause ?? cause, min(forced?.at ?? end, end))
    }

    mutating func tick(at now: ContinuousClock.Instant) -> Action {
        if let forced, now >= forced.at { return .force(forced.cause) }
        switch limits.tick(at: now) {
        case .nothing: return .nothing
        case .soft(let limit): return .soft(limit)
        case .hard(let limit): return .hard(limit)
        }
    }
}

/// What a worker that stops does about its running tasks, as time passes and signals come; pure (Celery reference,
/// 3.14).
struct Drain: Sendable {
    enum Event: Sendable, Hashable {
        /// All running tasks have ended.
        case finished
        /// `worker_drain_timeout` has passed.
        case timedOut
        /// A cold shutdown that begins soft was asked for.
        case soft(isIdle: Bool)
        /// The soft shutdown's time has passed.
        case softOver
        /// A cold shutdown was asked for.
        case cold
    }

    enum Action: Sendable, Hashable {
        case wait
        /// Lets running tasks go on for so long.
        case beginSoft(Duration)
        /// Cancels what runs: `drain` names the reason where it is the drain's own.
        case cancel(drainTimeout: Duration?)
        /// Nothing is left to wait for.
        case end
    }

    private enum State { case finishing, soft, over }

    let timeout: Duration?
    let softTimeout: Duration
    let isSoftWhenIdle: Bool
    private var state = State.finishing
    private var isFinished = false

    init(timeout: Duration? = nil, softTimeout: Duration = .zero, isSoftWhenIdle: Bool = false) {
        self.timeout = timeout
        self.softTimeout = softTimeout
        self.isSoftWhenIdle = isSoftWhenIdle
    }

    /// - Parameter isSoft: whether the shutdown is in its soft phase, of which no event may have told yet.
    mutating func receive(_ event: Event, isSoft: Bool = false) -> Action {
        switch (state, event) {
        case (.over, _): return .wait
        case (.finishing, .finished):
            isFinished = true
            if isSoft, isSoftWhenIdle { return beginSoft() }
            return end()
        case (.soft, .finished):
            isFinished = true
            return isSoftWhenIdle ? .wait : end()
        case (.finishing, .soft(let isIdle)): return isIdle && !isSoftWhenIdle ? cancel() : beginSoft()
        case (.finishing, .timedOut): return cancel(drainTimeout: timeout)
        case (.finishing, .cold), (.soft, .cold), (.soft, .softOver): return cancel()
        case (.soft, .soft), (.soft, .timedOut), (.finishing, .softOver): return .wait
        }
    }

    private mutating func beginSoft() -> Action {
        state = .soft
        return .beginSoft(softTimeout)
    }

    private mutating func cancel(drainTimeout: Duration? = nil) -> Action {
        if isFinished { return end() }
        state = .over
        return .cancel(drainTimeout: drainTimeout)
    }

    private mutating func end() -> Action {
        state = .over
        return .end
    }
}

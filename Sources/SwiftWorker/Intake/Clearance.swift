import BrokerModel

/// What speaks against a task's start: asked when its message arrives, and again when it has waited (Celery reference,
/// 3.3).
struct Clearance: Sendable {
    enum Objection: Sendable {
        /// The task has ended before it began.
        case final(Outcome)
        /// Its type is paused, for so long if that is known.
        case paused(Duration?)
        /// Its queue is, or is being left: its consumer is about to go.
        case queueClosed
    }

    let board: ControlBoard
    let clock: WorkerClock

    /// In Celery's order: a task that is both expired and revoked has expired.
    func objection(to request: Request) -> Objection? {
        if request.job.isExpired(at: clock.wall) { return .final(.expired) }
        switch board.objection(to: request.headers) {
        case .revoked(let reason): return .final(.revoked(.before(reason)))
        case .paused: return .paused(nil)
        case .overBudget(let remaining): return .paused(remaining)
        case nil: return board.isClosed(queue: request.envelope.message.queue) ? .queueClosed : nil
        }
    }

    /// What a task has come to that a slot has just taken, if it is not to start. A pause comes too late then.
    ///
    /// The request counts as running already, so that a command that comes later finds it there.
    func refusal(of request: Request) -> Outcome? {
        if case .final(let outcome) = objection(to: request) { outcome } else { nil }
    }
}

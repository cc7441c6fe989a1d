/// What speaks against a task's start: asked when its message arrives, and again when it has waited (Celery reference,
/// 3.3).
struct Clearance: Sendable {
    enum Objection: Sendable {
        /// The task has ended before it began.
        case final(Outcome)
        /// Its type is paused, for so long if that is known.
        case paused(Duration?)
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
        case nil: return nil
        }
    }
}

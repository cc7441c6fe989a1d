import CeleryProtocol
import Synchronization
import Threads

/// What remote control has decided and every delivery is asked about: revoked tasks and pauses.
final class ControlBoard: Sendable {
    /// Why a task is not to start.
    enum Objection: Sendable, Hashable {
        case revoked(Revocations.Reason)
        /// Its type is paused.
        case paused(Pause)
        /// Its type is paused for so long, because it has retried too often.
        case overBudget(Duration)
    }

    private struct State {
        var revocations: Revocations
        var pauses = Pauses()
        /// Queues that are being left: they have a consumer as long as one of their tasks runs.
        var leaving: Set<String> = []
    }

    /// `nil` where retries have no budget.
    let retryBudget: RetryBreaker?
    private let state: Lock<State>
    /// Whether there is anything to ask about: most workers pay this one look per task.
    private let isActive = Atomic(false)

    init(_ limits: ControlLimits = ControlLimits(), retryBudget: RetryBreaker? = nil) {
        self.retryBudget = retryBudget
        state = Lock(
            State(
                revocations: Revocations(
                    ids: RevokedSet(maximum: limits.revokedIDs, expiry: limits.revokedExpiry),
                    stamps: RevokedStamps(maximum: limits.revokedStamps)
                )
            )
        )
    }

    /// Says why a task is not to start, if anything speaks against it.
    func objection(to headers: TaskHeaders) -> Objection? {
        if isActive.load(ordering: .acquiring), let objection = decided(headers) { return objection }
        return retryBudget?.pause(of: headers.task).map { .overBudget($0) }
    }

    private func decided(_ headers: TaskHeaders) -> Objection? {
        state.withLock { state in
            if let reason = state.revocations.reason(for: headers) { return .revoked(reason) }
            return state.pauses.pause(ofTask: headers.task).map { .paused($0) }
        }
    }

    /// Says why a task is revoked, if it is: asked once more when a slot has taken it. A pause comes too late then.
    func revocation(of headers: TaskHeaders) -> Revocations.Reason? {
        guard isActive.load(ordering: .acquiring) else { return nil }
        return state.withLock { $0.revocations.reason(for: headers) }
    }

    /// Whether nothing of a queue is to start, because it is paused or being left.
    func isClosed(queue: String) -> Bool {
        guard isActive.load(ordering: .acquiring) else { return false }
        return state.withLock { $0.leaving.contains(queue) || $0.pauses.pause(ofQueue: queue) != nil }
    }

    /// Lets nothing of a queue start whose consumer is to go when its running task has ended, or again when it has gone.
    func setLeaving(_ isLeaving: Bool, queue: String) {
        state.withLock { state in
            if isLeaving { state.leaving.insert(queue) } else { state.leaving.remove(queue) }
            noteActive(state)
        }
    }

    /// The pauses in force.
    var pauses: [Pause] { state.withLock { $0.pauses.all } }

    /// The ids of revoked tasks, the oldest first.
    var revokedIDs: [String] { state.withLock { $0.revocations.ids.ids } }

    /// Remembers the id of an expired task, so that another message of it does not run either (Celery reference, 3.9).
    func noteExpired(_ id: String, at now: ContinuousClock.Instant) {
        change { revocations, _ in revocations.ids.add(id, at: now) }
    }

    /// Changes what is in force.
    func change<Result>(_ change: (inout Revocations, inout Pauses) -> Result) -> Result {
        state.withLock { state in
            let result = change(&state.revocations, &state.pauses)
            noteActive(state)
            return result
        }
    }

    private func noteActive(_ state: State) {
        let revokes = state.revocations.ids.count > 0 || !state.revocations.stamps.isEmpty
        isActive.store(revokes || !state.pauses.isEmpty || !state.leaving.isEmpty, ordering: .releasing)
    }

    /// Puts into force what a control store has kept. Revokes are added, however old they are: what is revoked may be
    /// parked for days. Pauses are those of the store from now on.
    func restore(_ kept: ControlState, at now: ContinuousClock.Instant) {
        change { revocations, pauses in
            revocations.ids.merge(kept.revokedIDs, at: now)
            for stamp in kept.revokedStamps { revocations.stamps.add(stamp.name, stamp.value) }
            pauses = Pauses()
            for entry in kept.pauses { _ = pauses.add(Pause(entry.pause, since: entry.since)) }
        }
    }
}

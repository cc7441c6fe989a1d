import BrokerModel
import CeleryProtocol
import JSON
import Threads

/// An admitted task on its way through the corridor: the message, the task it names and the right to settle it.
final class Request: Sendable {
    let job: Job
    let policy: TaskPolicy
    let limits: TaskLimits
    /// Whether nobody wants the result: the producer's word before the task's (Celery reference, 5.3).
    let ignoresResult: Bool
    /// Which of the worker's consuming connections, counted from 0, delivered the message.
    let connection: Int
    /// Where it is measured; `nil` where nothing is.
    let meter: TaskMeter?
    private let state: Lock<State>

    private struct State: ~Copyable {
        var receipt: Receipt?
        /// What the receipt was used for, once it was.
        var settlement: Settlement?
        /// Whether the message's next delivery was settled in the same way.
        var settledNext = false
        var startedAt: ContinuousClock.Instant?
        var heldSince: ContinuousClock.Instant?
        /// Since when it waits for a slot, and nothing else.
        var waitsSince: ContinuousClock.Instant?
        /// For how long it has waited in its queue before.
        var waitInQueue: Duration = .zero
    }

    init(
        envelope: TaskRequest.Envelope,
        task: RegisteredTask,
        policy: TaskPolicy,
        limits: TaskLimits? = nil,
        opened: TaskPayload?,
        connection: Int = 0,
        meter: TaskMeter? = nil,
        waitInQueue: Duration = .zero,
        receipt: consuming Receipt
    ) {
        job = Job(envelope: envelope, task: task, opened: opened)
        self.policy = policy
        self.limits = (limits ?? policy.limits).overridden(by: envelope.headers)
        self.connection = connection
        self.meter = meter
        ignoresResult = envelope.headers.ignoreResult ?? policy.ignoresResult
        state = Lock(
            State(receipt: consume receipt, waitsSince: meter == nil ? nil : .now, waitInQueue: waitInQueue)
        )
    }

    var envelope: TaskRequest.Envelope { job.envelope }
    var task: RegisteredTask { job.task }
    var id: String { envelope.headers.id }
    var headers: TaskHeaders { envelope.headers }

    /// Whether nobody has settled the delivery yet.
    var isUnsettled: Bool { state.withLock { $0.settlement == nil } }

    /// Whether the settlement came too late for its delivery, but was used for the message's next one.
    var hasSettledNext: Bool { state.withLock { $0.settledNext } }

    /// Settles the delivery, the first time it is asked.
    func settle(_ settlement: Settlement) -> SettlementResult {
        let receipt = state.withLock { state in
            state.settlement = state.settlement ?? settlement
            return state.receipt.take()
        }
        guard let receipt else { return .alreadySettled }
        return receipt.settle(settlement) ? .sent : .connectionLost
    }

    /// Takes the message's next delivery in place of the one whose connection is gone. One that has been settled
    /// meanwhile settles the next delivery in the same way, unless the message is to run again.
    func adopt(_ receipt: consuming Receipt) -> Redelivery {
        var next: Receipt? = consume receipt
        let settlement = state.withLock { state in
            state.settledNext = state.settlement?.isFinal ?? false
            if state.settlement == nil { swap(&state.receipt, &next) }
            return state.settlement
        }
        guard let settlement else {
            // On a connection that is gone this settles nothing, and keeps it from being counted as leaked.
            _ = next.take()?.settle(.requeue)
            return .adopted
        }
        guard let next = next.take() else { return .settled }
        if !settlement.isFinal { return .unknown(next) }
        next.settle(settlement)
        return .settled
    }

    /// Notes that the request has to wait, unsettled.
    ///
    /// - Returns: since when it has, which is now for the first time.
    func markHeld(at instant: ContinuousClock.Instant) -> ContinuousClock.Instant {
        state.withLock { state in
            let since = state.heldSince ?? instant
            state.heldSince = since
            return since
        }
    }

    /// For how long the request has waited, unsettled; zero if it has not had to.
    func heldFor(at instant: ContinuousClock.Instant) -> Duration {
        state.withLock { $0.heldSince.map { instant - $0 } } ?? .zero
    }

    /// Notes that the request waits for nothing but a slot any more: what it has waited so far was on purpose.
    func markDue() {
        guard meter != nil else { return }
        state.withLock { state in
            state.waitsSince = .now
            state.waitInQueue = .zero
        }
    }

    /// For how long it has waited to start, without what was on purpose; zero where nothing is measured.
    func waited(until now: ContinuousClock.Instant) -> Duration {
        state.withLock { state in (state.waitsSince.map { now - $0 } ?? .zero) + state.waitInQueue }
    }

    /// Notes the moment the body starts.
    func markStarted(at instant: ContinuousClock.Instant) {
        state.withLock { $0.startedAt = instant }
    }

    /// How long the body has been running, or ran.
    func runtime(until now: ContinuousClock.Instant) -> Duration {
        state.withLock { $0.startedAt.map { now - $0 } } ?? .zero
    }
}

/// What became of a settlement.
enum SettlementResult: Sendable, Hashable {
    case sent
    /// The delivering connection is gone; the broker delivers again.
    case connectionLost
    /// Somebody settled before, for example by early acknowledgement.
    case alreadySettled
}

/// What a redelivered message means to the tasks that ran when a connection was lost.
enum Redelivery: ~Copyable {
    /// It is none of theirs, or is to run again.
    case unknown(Receipt)
    /// Its task runs here, and has taken it over.
    case adopted
    /// Its task has ended here, and it is settled.
    case settled
}

extension Settlement {
    /// Whether the broker keeps nothing of the message for another run.
    var isFinal: Bool { self == .ack || self == .reject }
}

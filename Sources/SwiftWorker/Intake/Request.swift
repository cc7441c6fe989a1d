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
    private let state: Lock<State>

    private struct State: ~Copyable {
        var receipt: Receipt?
        var startedAt: ContinuousClock.Instant?
    }

    init(
        envelope: TaskRequest.Envelope,
        task: RegisteredTask,
        policy: TaskPolicy,
        opened: TaskPayload?,
        receipt: consuming Receipt
    ) {
        job = Job(envelope: envelope, task: task, opened: opened)
        self.policy = policy
        limits = policy.limits.overridden(by: envelope.headers)
        ignoresResult = envelope.headers.ignoreResult ?? policy.ignoresResult
        state = Lock(State(receipt: consume receipt))
    }

    var envelope: TaskRequest.Envelope { job.envelope }
    var task: RegisteredTask { job.task }
    var id: String { envelope.headers.id }
    var headers: TaskHeaders { envelope.headers }

    /// Settles the delivery, the first time it is asked.
    func settle(_ settlement: Settlement) -> SettlementResult {
        let receipt = state.withLock { $0.receipt.take() }
        guard let receipt else { return .alreadySettled }
        return receipt.settle(settlement) ? .sent : .connectionLost
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

import BrokerModel
import CeleryProtocol
import JSON

/// How a task ended: what a pool hands to completion.
enum Outcome: Sendable {
    /// The body returned; its result is encoded already.
    case success(JSONFragment)
    /// The body threw, or could not be called with these arguments.
    case failure(PythonException)
    /// The body wants nothing stored.
    case ignored
    /// The body refuses the message.
    case rejected(reason: String, requeue: Bool)
    /// The body is to run again.
    case retried(RetryPlan)
    /// It can't run yet: its message waits in the broker for so many seconds, and comes again.
    case parked(seconds: Int)
    /// It was revoked before it started, or ended by force for that.
    case revoked(Revoked)
    /// The message's `expires` has passed.
    case expired
    /// No task of that name is registered.
    case unregistered
    /// The same, but another worker may know it: this message waits in the broker, and comes again.
    case passedOn(OutgoingMessage)
    /// The message can't be understood.
    case refused(InvalidMessage)
    /// The hard time limit passed; the body was ended by force or given up.
    case timedOut(Duration)
    /// The process that ran the body is gone, and the task has failed.
    case lost(WorkerLoss)
    /// The same, but the message is given back, to run again. Completion's word, never a pool's.
    case lostToRunAgain(WorkerLoss)
    /// The same once too often: the task has failed, and its message is kept from running again. Completion's word.
    case quarantined(WorkerLoss)
    /// The worker stopped the body, or would not let it start any more.
    case cancelled(CancellationCause)

    /// How a task was revoked.
    enum Revoked: Sendable, Hashable {
        case before(Revocations.Reason)
        case terminated(signal: Int32)
    }

    /// The end of a body that the worker stopped.
    static func stopped(by cause: CancellationCause) -> Outcome {
        if case .terminated(let signal) = cause { .revoked(.terminated(signal: signal)) } else { .cancelled(cause) }
    }

    /// What the result reader is told of a task that was revoked.
    var revokedReason: PythonException.RevokedReason? {
        switch self {
        case .revoked(.before): .revoked
        case .revoked(.terminated): .terminated
        case .expired: .expired
        default: nil
        }
    }

    /// The failure of a body that was ended by force.
    var forcedFailure: TaskFailure? {
        switch self {
        case .timedOut(let limit):
            TaskFailure(cause: .timeLimit, exception: .timeLimitExceeded(limit / .seconds(1)))
        case .lost(let loss), .quarantined(let loss): TaskFailure(cause: .workerLost, exception: loss.exception)
        default: nil
        }
    }

    /// What a body that was ended by force could not tell its hooks itself.
    var forcedHook: TaskRunner.Hook? {
        if case .retried(let plan) = self, plan.loss != nil { return .retried(TaskRetry(plan, error: nil)) }
        return forcedFailure.map { .failed($0) }
    }
}

import CoreMetrics
import Threads

/// What is recorded of one task type's messages from one queue. Made once and kept by the requests, so that a task costs
/// a few atomic additions.
final class TaskMeter: Sendable {
    /// How a task ended that few do: counted apart, and made when it first happens.
    enum Rejection: String {
        /// The body refuses the message, for good.
        case body
        /// The same, and the message goes back.
        case requeued
        case unregistered
        /// It can't be understood.
        case malformed
        case expired
        /// It has taken its process along too often.
        case quarantined
    }

    private let received, started, succeeded, failed, retried, revoked, deadLettered: Counter
    private let runTime, waitTime: Timer
    private let labels: [(String, String)]
    private let factory: any MetricsFactory
    private let rejected = Lock<[Rejection: Counter]>([:])

    /// - Parameters:
    ///   - task: the label of the type; see `TaskMeters`.
    ///   - queue: the label of the queue.
    init(task: String, queue: String, _ factory: any MetricsFactory) {
        self.factory = factory
        let labels = [("task", task), ("queue", queue)]
        self.labels = labels
        func counter(_ name: MetricName) -> Counter {
            Counter(label: name.rawValue, dimensions: labels, factory: factory)
        }
        received = counter(.tasksReceived)
        started = counter(.tasksStarted)
        succeeded = counter(.tasksSucceeded)
        failed = counter(.tasksFailed)
        retried = counter(.tasksRetried)
        revoked = counter(.tasksRevoked)
        deadLettered = counter(.tasksDeadLettered)
        runTime = Timer(label: MetricName.taskRunTime.rawValue, dimensions: labels, factory: factory)
        waitTime = Timer(label: MetricName.taskWaitTime.rawValue, dimensions: labels, factory: factory)
    }

    func noteReceived() { received.increment() }

    /// - Parameter wait: how long the task has waited, without what was on purpose.
    func noteStarted(after wait: Duration) {
        started.increment()
        waitTime.recordNanoseconds(wait.nanoseconds)
    }

    func noteDeadLettered() { deadLettered.increment() }

    /// - Parameter runTime: zero of one that has not started.
    func noteEnded(_ outcome: Outcome, after runTime: Duration) {
        if runTime > .zero { self.runTime.recordNanoseconds(runTime.nanoseconds) }
        switch outcome {
        case .success: succeeded.increment()
        case .failure, .timedOut, .lost: failed.increment()
        case .quarantined:
            failed.increment()
            count(.quarantined)
        case .retried: retried.increment()
        case .revoked: revoked.increment()
        case .rejected(_, requeue: false): count(.body)
        case .rejected(_, requeue: true): count(.requeued)
        case .unregistered: count(.unregistered)
        case .refused: count(.malformed)
        case .expired: count(.expired)
        case .ignored, .parked, .passedOn, .lostToRunAgain, .cancelled: break
        }
    }

    private func count(_ rejection: Rejection) {
        rejected.withLock { rejected in
            if let counter = rejected[rejection] { return counter }
            let counter = Counter(
                label: MetricName.tasksRejected.rawValue,
                dimensions: labels + [("reason", rejection.rawValue)],
                factory: factory
            )
            rejected[rejection] = counter
            return counter
        }.increment()
    }
}

extension Duration {
    /// Whole nanoseconds; what has no place in 64 bits is the largest number.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isTooLarge
            ? (seconds < 0 ? .min : .max) : product.addingReportingOverflow(attoseconds / 1_000_000_000).partialValue
    }
}

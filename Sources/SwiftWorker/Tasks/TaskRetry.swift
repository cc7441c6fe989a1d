public import CeleryProtocol

/// A retry as a task's hook gets to know it: this run is over, and there will be another.
public struct TaskRetry: Sendable {
    /// The number of the next run, from 1.
    public let retries: Int
    /// When the next run may begin; `nil` is at once. A retry budget may put it off further.
    public let eta: Instant?
    /// Why, as a Python result reader sees it; `nil` when the body gave no reason.
    public let exception: PythonException?
    /// The error that the body threw, or gave as the retry's cause.
    public let error: (any Error)?

    public init(retries: Int, eta: Instant? = nil, exception: PythonException? = nil, error: (any Error)? = nil) {
        self.retries = retries
        self.eta = eta
        self.exception = exception
        self.error = error
    }
}

extension TaskRetry {
    init(_ plan: RetryPlan, error: (any Error)?) {
        self.init(retries: plan.retries, eta: plan.changes.eta, exception: plan.cause, error: error)
    }
}

public import CeleryProtocol

/// Why a task failed for good, as its hooks get to know it.
public struct TaskFailure: Sendable {
    /// What made it fail.
    public enum Cause: Sendable, Hashable {
        /// The body threw, the soft time limit included, or could not be called with these arguments.
        case error
        /// The hard time limit passed, and the body was ended by force or given up.
        case timeLimit
        /// The process that ran the body is gone.
        case workerLost
    }

    public let cause: Cause
    /// What Python's result reader raises.
    public let exception: PythonException
    /// What the body threw. It is `nil` for the other causes.
    public let error: (any Error)?

    public init(cause: Cause = .error, exception: PythonException, error: (any Error)? = nil) {
        self.cause = cause
        self.exception = exception
        self.error = error
    }
}

/// How a task ended, for `WorkerTask.afterReturn`.
public enum TaskEnd: Sendable {
    case success
    case failure(TaskFailure)
}

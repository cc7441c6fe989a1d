public import CeleryProtocol

/// The task's soft time limit has passed: what `TaskContext.checkCancellation()` throws then, and what the task fails
/// with when its body ends by Swift's `CancellationError`.
public struct SoftTimeLimitExceeded: Error, Sendable, Hashable, PythonExceptionConvertible {
    public init() {}

    public var pythonException: PythonException { .softTimeLimitExceeded }
}

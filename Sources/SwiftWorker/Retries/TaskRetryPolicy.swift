/// When a task that failed is tried again, and how often; Celery's attributes of a task and its defaults.
///
/// ```swift
/// TaskRetryPolicy(maxRetries: 5, backoff: RetryBackoff())
///     .retry(on: NetworkError.self)
///     .retry(onPython: "OSError")
///     .dontRetry(on: NotFound.self)
/// ```
public struct TaskRetryPolicy: Sendable, Hashable {
    /// How many retries there may be; `nil` is without end. Zero is none.
    public var maxRetries: Int?
    /// How long a retry waits that says nothing else: `default_retry_delay`.
    public var retryDelay: Duration
    /// Waits for retries that the policy decides on; `nil` is `retryDelay` each time. A retry that the body asks for does
    /// not follow it, as in Celery.
    public var backoff: RetryBackoff?
    /// Errors after which the task is tried again by itself: `autoretry_for`.
    public var retriedErrors: ErrorMatcher
    /// Errors after which it is not, although they are among the others: `dont_autoretry_for`.
    public var unretriedErrors: ErrorMatcher

    public init(
        maxRetries: Int? = 3,
        retryDelay: Duration = .seconds(180),
        backoff: RetryBackoff? = nil,
        retriedErrors: ErrorMatcher = ErrorMatcher(),
        unretriedErrors: ErrorMatcher = ErrorMatcher()
    ) {
        self.maxRetries = maxRetries
        self.retryDelay = retryDelay
        self.backoff = backoff
        self.retriedErrors = retriedErrors
        self.unretriedErrors = unretriedErrors
    }

    /// The policy that also retries after errors of these Swift types.
    public func retry(on types: any Error.Type...) -> TaskRetryPolicy {
        var policy = self
        for type in types { policy.retriedErrors.insert(type) }
        return policy
    }

    /// The policy that also retries after errors that Python sees as these classes, or as classes derived from them;
    /// `Exception` is any error.
    public func retry(onPython classes: String...) -> TaskRetryPolicy {
        var policy = self
        policy.retriedErrors.names.formUnion(classes)
        return policy
    }

    /// The policy that does not retry by itself after errors of these Swift types.
    public func dontRetry(on types: any Error.Type...) -> TaskRetryPolicy {
        var policy = self
        for type in types { policy.unretriedErrors.insert(type) }
        return policy
    }

    /// The policy that does not retry by itself after errors that Python sees as these classes.
    public func dontRetry(onPython classes: String...) -> TaskRetryPolicy {
        var policy = self
        policy.unretriedErrors.names.formUnion(classes)
        return policy
    }
}

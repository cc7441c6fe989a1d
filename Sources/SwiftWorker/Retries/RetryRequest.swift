public import CeleryProtocol
public import JSON
public import OrderedCollections

/// A body's wish to be run again later, thrown to end this run: Python's `raise self.retry(…)` (Celery reference, 3.8).
///
/// The next run has the same id and one retry more. What is `nil` is as in this run.
///
/// Python's `throw=False` has no counterpart: a body that goes on behind its own next run would store its result beside
/// the other's. What is to run beside it is `TaskContext.enqueue`'s.
public struct RetryRequest: Error, Sendable {
    /// When to run again.
    public enum Time: Sendable, Hashable {
        /// After the policy's `retryDelay`.
        case afterDefaultDelay
        /// After so long; zero or less is at once.
        case after(Duration)
        /// Not before.
        case at(Instant)
    }

    public var time: Time
    /// Why; it is the result of the state RETRY, and the task's failure when there may be no more retries.
    public var cause: (any Error)?
    /// Positional arguments instead of these; the keyword arguments stay, unless they are given too.
    public var arguments: [JSONValue]?
    /// Keyword arguments instead of these.
    public var keywordArguments: JSONObject?
    /// Another queue, by its name. It has to be there.
    public var queue: String?
    public var priority: UInt8?
    /// How many retries there may be, in place of the policy's; it holds for this decision only.
    public var maxRetries: Int?
    /// The next run is not to begin later than so long from now.
    public var expiresIn: Duration?
    /// The next run's hard limit.
    public var timeLimit: Duration?
    /// The next run's soft limit.
    public var softTimeLimit: Duration?

    public init(
        _ time: Time = .afterDefaultDelay,
        cause: (any Error)? = nil,
        arguments: [JSONValue]? = nil,
        keywordArguments: JSONObject? = nil,
        queue: String? = nil,
        priority: UInt8? = nil,
        maxRetries: Int? = nil,
        expiresIn: Duration? = nil,
        timeLimit: Duration? = nil,
        softTimeLimit: Duration? = nil
    ) {
        self.time = time
        self.cause = cause
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.queue = queue
        self.priority = priority
        self.maxRetries = maxRetries
        self.expiresIn = expiresIn
        self.timeLimit = timeLimit
        self.softTimeLimit = softTimeLimit
    }
}

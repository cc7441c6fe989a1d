/// How the worker treats a task. `nil` falls back to the setting of the same name (`task_acks_late` …).
public struct TaskOptions: Sendable, Hashable {
    /// Whether the delivery is settled after the run instead of at its start.
    public var acksLate: Bool?
    /// Whether a late-acked task that failed is acked; otherwise it is rejected, and dead-lettered by policy.
    public var acksOnFailureOrTimeout: Bool?
    /// The same for failures alone; `nil` follows `acksOnFailureOrTimeout`.
    public var acksOnFailure: Bool?
    /// The same for the hard time limit alone, where `false` gives the message back to the queue; `nil` follows
    /// `acksOnFailureOrTimeout`.
    public var acksOnTimeout: Bool?
    /// Whether a late-acked task whose process was lost is given back to run again. It is quarantined after
    /// `swiftworker_max_losses` of them.
    public var rejectOnWorkerLost: Bool?
    /// Whether a task whose process was lost is tried again as after an error: after its policy's `retryDelay`, as often as
    /// its policy allows. Then it fails.
    public var retryOnWorkerLost: Bool?
    /// After so long the task is ended by force. A producer's own limit, in the message, comes first.
    public var timeLimit: Duration?
    /// After so long the task is cancelled; it may clean up until the hard limit.
    public var softTimeLimit: Duration?
    /// How many tasks of the type may start in a time, in each worker (Celery's `rate_limit`). `task_annotations` comes
    /// first, and the command `rate_limit` before all.
    public var rateLimit: RateLimit?
    /// Whether no result is stored. A producer's own choice, in the message, comes first.
    public var ignoreResult: Bool?
    /// Whether a failure is stored although results are ignored.
    public var storeErrorsEvenIfIgnored: Bool?
    /// Whether the state STARTED is stored.
    public var trackStarted: Bool?
    /// Whether monitors are told of the task where events are sent at all; `nil` is yes.
    public var sendsEvents: Bool?
    /// The names of errors that are expected of this task: they are logged at INFO without traceback (Celery's
    /// `throws`). A name is the Swift type's or the Python exception's.
    public var expectedErrors: Set<String>
    /// How often a task that failed is tried again, and after which errors by itself.
    public var retryPolicy: TaskRetryPolicy

    public init(
        acksLate: Bool? = nil,
        acksOnFailureOrTimeout: Bool? = nil,
        acksOnFailure: Bool? = nil,
        acksOnTimeout: Bool? = nil,
        rejectOnWorkerLost: Bool? = nil,
        retryOnWorkerLost: Bool? = nil,
        timeLimit: Duration? = nil,
        softTimeLimit: Duration? = nil,
        rateLimit: RateLimit? = nil,
        ignoreResult: Bool? = nil,
        storeErrorsEvenIfIgnored: Bool? = nil,
        trackStarted: Bool? = nil,
        sendsEvents: Bool? = nil,
        expectedErrors: Set<String> = [],
        retryPolicy: TaskRetryPolicy = TaskRetryPolicy()
    ) {
        self.acksLate = acksLate
        self.acksOnFailureOrTimeout = acksOnFailureOrTimeout
        self.acksOnFailure = acksOnFailure
        self.acksOnTimeout = acksOnTimeout
        self.rejectOnWorkerLost = rejectOnWorkerLost
        self.retryOnWorkerLost = retryOnWorkerLost
        self.timeLimit = timeLimit
        self.softTimeLimit = softTimeLimit
        self.rateLimit = rateLimit
        self.ignoreResult = ignoreResult
        self.storeErrorsEvenIfIgnored = storeErrorsEvenIfIgnored
        self.trackStarted = trackStarted
        self.sendsEvents = sendsEvents
        self.expectedErrors = expectedErrors
        self.retryPolicy = retryPolicy
    }
}

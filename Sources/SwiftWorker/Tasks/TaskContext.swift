public import JSON
public import Logging
public import OrderedCollections

/// What a running body can see and ask for.
///
/// A pool only runs bodies, so whatever a body asks for is handed to the worker, which does it. Cancellation is
/// Swift's own: `Task.isCancelled`, `Task.checkCancellation()`, `withTaskCancellationHandler`. A soft time limit is a
/// cancellation too; `checkCancellation()` here tells it apart.
public struct TaskContext: Sendable {
    /// The message's metadata: Python's `self.request`.
    public let request: TaskRequest
    private let base: Logger
    private let effects: any TaskEffects
    private let cancellation: Cancellation
    /// `nil` where nothing is traced.
    private let tracing: TaskTracing?

    /// Makes a context; bodies get theirs from the worker, tests make their own.
    public init(request: TaskRequest, logger: Logger, effects: any TaskEffects) {
        self.init(request: request, logger: logger, effects: effects, cancellation: Cancellation())
    }

    init(
        request: TaskRequest,
        logger: Logger,
        effects: any TaskEffects,
        cancellation: Cancellation,
        tracing: TaskTracing? = nil
    ) {
        self.request = request
        self.base = logger
        self.effects = effects
        self.cancellation = cancellation
        self.tracing = tracing
    }

    /// Why the worker has cancelled this body; `nil` while it has not.
    public var cancellationCause: CancellationCause? { cancellation.cause }

    /// Throws when the body should end: the one call that a long computation makes now and then.
    ///
    /// After the soft time limit a body may clean up and return or throw what it likes, until the hard limit ends it.
    ///
    /// - Throws: `SoftTimeLimitExceeded` when the soft time limit has passed, else `CancellationError` when cancelled.
    public func checkCancellation() throws {
        if case .softTimeLimit = cancellation.cause { throw SoftTimeLimitExceeded() }
        try Task.checkCancellation()
    }

    /// A logger whose lines carry the task's name and id.
    public var logger: Logger {
        var logger = base
        logger[metadataKey: "task_name"] = .string(request.task)
        logger[metadataKey: "task_id"] = .string(request.id)
        return logger
    }

    /// Stores a state of one's own, for example progress, which a result reader sees at once. As in Celery this is
    /// independent of `ignoreResult`.
    ///
    /// In the process pool it returns once the state is on its way to the worker, which logs a failure of the store.
    ///
    /// - Throws: when `meta` can't be encoded or the result store fails; `CancellationError` after the hard time limit.
    public func updateState(_ state: String, meta: some Encodable & Sendable) async throws {
        try checkNotGivenUp()
        try await effects.updateState(state, meta: meta, of: request)
    }

    /// Publishes a task and returns its id when the broker has confirmed it.
    ///
    /// The new task has this one as parent and shares its root. In the process pool the id comes back at once; this task
    /// is complete when the broker has confirmed, and fails if it does not.
    ///
    /// - Throws: when the arguments can't be encoded, or the broker does not take the message in time;
    ///   `CancellationError` after the hard time limit.
    @discardableResult
    public func enqueue(_ call: TaskCall) async throws -> String {
        try checkNotGivenUp()
        guard let tracing else { return try await effects.enqueue(call, from: request) }
        return try await tracing.publish(call.task) { try await effects.enqueue(call, from: request) }
    }

    /// Tells monitors something of the task's own: Python's `self.send_event(…)`. It is sent whether or not the worker sends
    /// events of tasks, and has a message of its own, with the routing key `task.progress` for `task-progress`.
    ///
    /// It never waits: an event that the broker can't take is dropped and counted.
    ///
    /// - Parameters:
    ///   - type: for example `task-progress`; 1 to 255 bytes, or the event is dropped.
    ///   - fields: what it says, beside the task's id.
    /// - Throws: `CancellationError` after the hard time limit; in the process pool also when the fields are too large.
    public func sendEvent(_ type: String, _ fields: JSONObject = [:]) throws {
        try checkNotGivenUp()
        try effects.sendEvent(type, fields, of: request)
    }

    /// Makes the error that ends this run and asks for another one: Python's `raise self.retry(…)`.
    ///
    /// ```swift
    /// throw context.retry(.after(.seconds(30)), cause: error)
    /// ```
    ///
    /// The next run has the same id and is published before this one's message is settled; this one's state is RETRY. When
    /// there have been as many retries as the policy allows, the task fails instead: with `cause`, or with Celery's
    /// `MaxRetriesExceededError`.
    ///
    /// - Parameters:
    ///   - time: when to run again; the policy's `retryDelay` unless given.
    ///   - cause: why.
    ///   - arguments: positional arguments in place of this run's.
    ///   - keywordArguments: keyword arguments in place of this run's.
    ///   - queue: another queue, by its name. It has to be there: what can't be published goes back to this task's queue.
    ///   - priority: 0 to 255.
    ///   - maxRetries: how many retries there may be, in place of the policy's, for this decision only.
    ///   - expiresIn: the next run is not to begin later than so long from now.
    ///   - timeLimit: the next run's hard limit.
    ///   - softTimeLimit: the next run's soft limit.
    public func retry(
        _ time: RetryRequest.Time = .afterDefaultDelay,
        cause: (any Error)? = nil,
        arguments: [JSONValue]? = nil,
        keywordArguments: JSONObject? = nil,
        queue: String? = nil,
        priority: UInt8? = nil,
        maxRetries: Int? = nil,
        expiresIn: Duration? = nil,
        timeLimit: Duration? = nil,
        softTimeLimit: Duration? = nil
    ) -> RetryRequest {
        RetryRequest(
            time,
            cause: cause,
            arguments: arguments,
            keywordArguments: keywordArguments,
            queue: queue,
            priority: priority,
            maxRetries: maxRetries,
            expiresIn: expiresIn,
            timeLimit: timeLimit,
            softTimeLimit: softTimeLimit
        )
    }

    /// A body that goes on after its hard limit must not follow up on a failure that is told already.
    private func checkNotGivenUp() throws {
        if isGivenUp { throw CancellationError() }
    }

    /// Whether the task has failed already by its hard limit, while its body goes on.
    var isGivenUp: Bool { cancellation.isGivenUp }
}

/// What the worker does on behalf of a running body.
public protocol TaskEffects: Sendable {
    /// Stores a state of the body's own.
    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws

    /// Publishes a task and returns its id.
    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String

    /// Tells monitors something of the task's own; never blocks.
    func sendEvent(_ type: String, _ fields: JSONObject, of request: TaskRequest) throws
}

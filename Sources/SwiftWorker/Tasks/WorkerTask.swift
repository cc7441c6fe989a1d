/// A task that this worker runs, written against Celery's wire.
///
/// ```swift
/// struct Add: WorkerTask {
///     static let name = "tasks.add"
///     struct Arguments: Decodable { var x: Int; var y: Int; var z: Int? }
///
///     func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
///         arguments.x + arguments.y + (arguments.z ?? 0)
///     }
/// }
/// ```
///
/// One value of the type serves all runs, from many threads at once.
public protocol WorkerTask: Sendable {
    /// What the producer sends: positional arguments in the order of declaration, keyword arguments by name.
    associatedtype Arguments: Decodable
    /// What the result reader gets, as JSON.
    associatedtype Output: Encodable & Sendable

    /// The name that producers use, matched exactly.
    static var name: String { get }

    /// How the worker treats this task; Celery's defaults unless given.
    var options: TaskOptions { get }

    /// Runs the task. It may block its thread: the pool gives each running task one.
    ///
    /// - Throws: any error; it becomes the task's failure (see `PythonException` for choosing what Python raises), unless
    ///   the policy `options.retryPolicy` lets it be tried again. `throw context.retry()` asks for that in any case.
    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Output

    /// Runs after a body that returned, before its result is stored.
    ///
    /// What a hook throws is logged and changes nothing. Hooks run where the body ran.
    func onSuccess(_ output: Output, _ arguments: Arguments, _ context: TaskContext) async throws

    /// Runs when the task has failed for good, before the failure is stored: whatever the reason, also when the hard time
    /// limit ended the body or its process is gone. For those two it runs in the worker itself, which waits a minute
    /// for it at most.
    ///
    /// - Parameter arguments: `nil` when the message's arguments do not fit the task.
    func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws

    /// Runs when the body has ended in a retry, before the next run is published. `afterReturn` does not follow: the task
    /// has not ended, as in Celery.
    ///
    /// - Parameter arguments: of the run that is over; `nil` when they do not fit the task.
    func onRetry(_ retry: TaskRetry, _ arguments: Arguments?, _ context: TaskContext) async throws

    /// Runs after `onSuccess` or `onFailure`.
    ///
    /// - Parameter arguments: `nil` when the message's arguments do not fit the task.
    func afterReturn(_ end: TaskEnd, _ arguments: Arguments?, _ context: TaskContext) async throws
}

extension WorkerTask {
    public var options: TaskOptions { TaskOptions() }

    public func onSuccess(_ output: Output, _ arguments: Arguments, _ context: TaskContext) async throws {}

    public func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws {}

    public func onRetry(_ retry: TaskRetry, _ arguments: Arguments?, _ context: TaskContext) async throws {}

    public func afterReturn(_ end: TaskEnd, _ arguments: Arguments?, _ context: TaskContext) async throws {}
}

/// The result of a task that returns nothing; Python reads `None`.
public struct Nothing: Codable, Sendable, Hashable {
    public init() {}

    public init(from decoder: any Decoder) throws {}

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encodeNil()
    }
}

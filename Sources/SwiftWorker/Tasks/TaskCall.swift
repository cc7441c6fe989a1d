public import JSON
public import OrderedCollections

/// A task to be published: its name, arguments and options, as Python's `apply_async`.
public struct TaskCall: Sendable {
    public var task: String
    public var arguments: [JSONValue]
    public var keywordArguments: JSONObject
    /// `nil` follows `task_routes`.
    public var queue: String?
    /// `nil` is run at once.
    public var countdown: Duration?
    /// `nil` is never.
    public var expiresIn: Duration?
    /// 0 to 255; the broker sorts by it only in queues with `x-max-priority`.
    public var priority: UInt8?
    /// Whether nobody wants the result; `nil` leaves it to the task.
    public var ignoreResult: Bool?

    public init(
        _ task: String,
        _ arguments: [JSONValue] = [],
        keywordArguments: JSONObject = [:],
        queue: String? = nil,
        countdown: Duration? = nil,
        expiresIn: Duration? = nil,
        priority: UInt8? = nil,
        ignoreResult: Bool? = nil
    ) {
        self.task = task
        self.arguments = arguments
        self.keywordArguments = keywordArguments
        self.queue = queue
        self.countdown = countdown
        self.expiresIn = expiresIn
        self.priority = priority
        self.ignoreResult = ignoreResult
    }
}

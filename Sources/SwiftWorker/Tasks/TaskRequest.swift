/// A task message's metadata, as a body sees it (Celery reference, 3.5).
public struct TaskRequest: Sendable {
    public var id: String
    public var task: String
    public var rootID: String?
    public var parentID: String?
    /// How often the task has been retried.
    public var retries: Int
    /// The node that published, `gen<pid>@host`.
    public var origin: String?
    public var correlationID: String?
    public var replyTo: String?
    /// The node name of this worker.
    public var hostname: String

    public init(
        id: String,
        task: String,
        rootID: String? = nil,
        parentID: String? = nil,
        retries: Int = 0,
        origin: String? = nil,
        correlationID: String? = nil,
        replyTo: String? = nil,
        hostname: String = ""
    ) {
        self.id = id
        self.task = task
        self.rootID = rootID
        self.parentID = parentID
        self.retries = retries
        self.origin = origin
        self.correlationID = correlationID
        self.replyTo = replyTo
        self.hostname = hostname
    }
}

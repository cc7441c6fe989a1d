public import BrokerModel
public import JSON
public import OrderedCollections

/// A task to publish with protocol 2 (Celery reference, 1.1 to 1.4).
public struct OutgoingTask: Sendable {
    /// What the task is called with and what follows it.
    public enum Body: Sendable {
        case call(args: [JSONValue], kwargs: JSONObject, embed: Embed)
        /// The finished text of `[args, kwargs, embed]`, for a message that is sent again; its reprs are those of the
        /// message.
        case encoded([UInt8])
    }

    public var task: String
    public var id: String
    public var body: Body
    public var lang = "swift"
    public var shadow: String?
    /// Not to be run before.
    public var eta: Instant?
    /// Not to be run after; also the time that the broker keeps the message.
    public var expires: Instant?
    /// The offset of the application's time zone, in seconds, for writing `eta` and `expires`.
    public var utcOffset = 0
    public var group: String?
    public var groupIndex: Int?
    public var retries = 0
    /// Seconds.
    public var timeLimit: Double?
    /// Seconds.
    public var softTimeLimit: Double?
    /// The first task of the workflow; `nil` is this one.
    public var rootID: String?
    public var parentID: String?
    /// `nil` is computed, for a body that is a call.
    public var argsRepr: String?
    /// `nil` is computed, for a body that is a call.
    public var kwargsRepr: String?
    /// The publishing node, `gen<pid>@<host>`.
    public var origin: String
    /// `nil` leaves the choice to the consumer.
    public var ignoreResult: Bool? = false
    public var replacedTaskNesting = 0
    public var stampedHeaders: [String]?
    public var stamps: FieldTable = [:]
    /// Headers of the caller's own; they come last and replace others of the same name.
    public var headers: FieldTable = [:]
    public var priority: UInt8 = 0
    /// Where results go; for rpc the queue of the caller.
    public var replyTo: String?
    /// `nil` is the task's id.
    public var correlationID: String?
    /// 1 is transient, 2 persistent.
    public var deliveryMode: UInt8 = 2
    public var compression: BodyCompression?

    public init(
        task: String,
        id: String,
        args: [JSONValue] = [],
        kwargs: JSONObject = [:],
        embed: Embed = Embed(),
        origin: String
    ) {
        self.task = task
        self.id = id
        body = .call(args: args, kwargs: kwargs, embed: embed)
        self.origin = origin
    }

    /// Sets `eta` to so long after `now`; nothing for a countdown of zero.
    public mutating func setCountdown(_ countdown: Duration, now: Instant) {
        eta = countdown == .zero ? nil : now + countdown
    }
}

public import BrokerModel
public import JSON
public import OrderedCollections

/// What a retry changes of its message; what is `nil` stays as it was, except for the ETA.
public struct RetryChanges: Sendable, Hashable {
    public var args: [JSONValue]?
    public var kwargs: JSONObject?
    /// Not to be run before; `nil` is at once, whatever ETA the first message had.
    public var eta: Instant?
    /// Not to be run after.
    public var expires: Instant?
    public var route: MessageRoute?
    public var priority: UInt8?
    /// The hard limit in seconds.
    public var timeLimit: Double?
    /// The soft limit in seconds.
    public var softTimeLimit: Double?
    /// Headers that replace the message's own of the same name: those of a trace.
    public var headers: FieldTable = [:]

    public init(
        args: [JSONValue]? = nil,
        kwargs: JSONObject? = nil,
        eta: Instant? = nil,
        expires: Instant? = nil,
        route: MessageRoute? = nil,
        priority: UInt8? = nil,
        timeLimit: Double? = nil,
        softTimeLimit: Double? = nil
    ) {
        self.args = args
        self.kwargs = kwargs
        self.eta = eta
        self.expires = expires
        self.route = route
        self.priority = priority
        self.timeLimit = timeLimit
        self.softTimeLimit = softTimeLimit
    }
}

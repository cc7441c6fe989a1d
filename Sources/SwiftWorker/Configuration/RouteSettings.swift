/// One entry of `task_routes`.
public struct RouteSettings: Sendable, Hashable {
    /// A shell glob on the task's name.
    public var pattern: String
    public var queue: String?
    public var exchange: String?
    public var routingKey: String?

    public init(pattern: String, queue: String? = nil, exchange: String? = nil, routingKey: String? = nil) {
        self.pattern = pattern
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
    }
}

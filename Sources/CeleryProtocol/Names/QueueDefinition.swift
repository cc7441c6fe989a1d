public import BrokerModel

/// One entry of the setting `task_queues`.
public struct QueueDefinition: Sendable, Hashable {
    public var name: String
    /// `nil` is the default exchange.
    public var exchange: String?
    /// `direct`, `topic`, `fanout` or `headers`; for an exchange of its own `nil` is `direct`.
    public var exchangeType: String?
    /// `nil` is the queue's name, or the default routing key, see `usesDefaultRoutingKey`.
    public var routingKey: String?
    /// Whether a missing routing key is `task_default_routing_key`: so it is in Celery for queues given as a list.
    public var usesDefaultRoutingKey = false
    /// Arguments as they are declared.
    public var arguments: FieldTable = [:]
    /// Written as `x-max-priority`.
    public var maxPriority: Int?

    public init(name: String) {
        self.name = name
    }
}

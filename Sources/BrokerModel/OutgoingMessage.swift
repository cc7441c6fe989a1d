/// A message to publish.
public struct OutgoingMessage: Sendable {
    /// Empty for the default exchange, which routes to the queue named by the routing key.
    public var exchange: String
    public var routingKey: String
    public var properties: MessageProperties
    public var body: [UInt8]
    /// Whether the broker must return the message, and the publish fail, when no queue takes it.
    public var isMandatory: Bool

    public init(
        exchange: String = "",
        routingKey: String,
        properties: MessageProperties,
        body: [UInt8],
        isMandatory: Bool = true
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.properties = properties
        self.body = body
        self.isMandatory = isMandatory
    }
}

import BrokerModel

/// A request on a channel.
enum ChannelRequest: Sendable {
    case declareExchange(ExchangeDeclaration, isPassive: Bool)
    case deleteExchange(String, ifUnused: Bool)
    case bindExchange(destination: String, source: String, routingKey: String, arguments: FieldTable)
    case unbindExchange(destination: String, source: String, routingKey: String, arguments: FieldTable)
    case declareQueue(QueueDeclaration, isPassive: Bool)
    case bindQueue(String, exchange: String, routingKey: String, arguments: FieldTable)
    case unbindQueue(String, exchange: String, routingKey: String, arguments: FieldTable)
    case purgeQueue(String)
    case deleteQueue(String, ifUnused: Bool, ifEmpty: Bool)
    case qos(prefetch: UInt16, isGlobal: Bool)
    case consume(queue: String, tag: String, isNoAck: Bool, isExclusive: Bool, arguments: FieldTable)
    case cancel(tag: String)
    case get(queue: String, isNoAck: Bool)
    case selectConfirms
    /// Only answered: `channel.flow`, which lets the broker go on as it does anyway.
    case ping
    case close
    /// Answered on this side: the queues that have a consumer on this channel.
    case listConsumers
}

/// The answer to a request.
enum ChannelReply: Sendable {
    case done
    case opened(ChannelLink)
    case queue(QueueStatus)
    /// How many messages a purge or delete took.
    case messageCount(Int)
    /// `basic.get`: a message and its delivery tag, or that there was none.
    case message(IncomingMessage, tag: UInt64)
    case noMessage
    case consumers([String])
}

/// A queue bound to an exchange.
public struct QueueBinding: Sendable, Hashable {
    public var queue: String
    public var exchange: String
    public var routingKey: String
    public var arguments: FieldTable

    public init(queue: String, exchange: String, routingKey: String, arguments: FieldTable = [:]) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.arguments = arguments
    }
}

/// An exchange bound to another one, from which it gets messages: an extension of RabbitMQ.
public struct ExchangeBinding: Sendable, Hashable {
    public var destination: String
    public var source: String
    public var routingKey: String
    public var arguments: FieldTable

    public init(destination: String, source: String, routingKey: String, arguments: FieldTable = [:]) {
        self.destination = destination
        self.source = source
        self.routingKey = routingKey
        self.arguments = arguments
    }
}

/// One declaration, for topologies that are more than a queue and its exchange; a list of them is done in its order.
///
/// Each may be repeated: declaring again what is there, with the same arguments, does nothing.
public enum TopologyStep: Sendable, Hashable {
    case exchange(ExchangeDeclaration)
    case queue(QueueDeclaration)
    case bindQueue(QueueBinding)
    case bindExchange(ExchangeBinding)
}

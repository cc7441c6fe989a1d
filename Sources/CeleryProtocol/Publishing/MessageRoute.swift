public import BrokerModel

/// Where a message is published to.
public struct MessageRoute: Sendable, Hashable {
    /// Empty for the default exchange, which routes to the queue named by the routing key.
    public var exchange: String
    public var routingKey: String

    public init(exchange: String, routingKey: String) {
        self.exchange = exchange
        self.routingKey = routingKey
    }

    /// Straight into one queue, whatever it is bound to.
    public init(queue: String) {
        self.init(exchange: "", routingKey: queue)
    }

    /// To a queue as Celery reaches it: one with a direct exchange by its name, others through their own exchange
    /// (Celery reference, 2.2).
    public init(_ topology: QueueTopology) {
        if let exchange = topology.exchange, exchange.type != .direct {
            self.init(exchange: exchange.name, routingKey: topology.routingKey)
        } else {
            self.init(queue: topology.queue.name)
        }
    }

    /// The way that a message came, for sending it again (Celery reference, 3.8).
    ///
    /// A message that came out of the delay queues goes straight into the queue it was taken from: the delay's exchange
    /// would park it once more, and its own may reach other queues too.
    public init(backFrom message: IncomingMessage) {
        if DelayTopology.isDelayed(message.exchange) {
            self.init(queue: message.queue)
        } else {
            let key = DelayRoutingKey.strippingDelay(message.routingKey)
            self.init(exchange: message.exchange, routingKey: String(key))
        }
    }
}

public import BrokerModel
import CeleryProtocol

extension Settings {
    /// A queue of somebody who listens to events (Celery reference, 6.6).
    ///
    /// - Parameters:
    ///   - client: a name that nobody else uses, a UUID.
    ///   - routingKeys: of the events that are heard; `#` is all. One at least.
    public func eventQueue(of client: String, routingKeys: [String]) -> QueueTopology {
        var arguments: FieldTable = [:]
        arguments["x-expires"] = eventQueueExpires.map { .integer(Int($0 / .milliseconds(1))) }
        arguments["x-message-ttl"] = eventQueueTTL.map { .integer(Int($0 / .milliseconds(1))) }
        let name = "\(eventQueuePrefix).\(client)"
        let exchange = EventMessage.exchange(eventExchange)
        var topology = QueueTopology(
            queue: QueueDeclaration(
                name: name,
                isDurable: eventQueueDurable,
                isExclusive: eventQueueExclusive && !eventQueueDurable,
                isAutoDelete: !eventQueueDurable,
                arguments: arguments
            ),
            exchange: exchange,
            routingKey: routingKeys.first ?? "#"
        )
        topology.companions = routingKeys.dropFirst().map { key in
            .bindQueue(QueueBinding(queue: name, exchange: exchange.name, routingKey: key))
        }
        return topology
    }
}

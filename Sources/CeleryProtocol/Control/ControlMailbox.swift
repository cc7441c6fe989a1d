public import BrokerModel

/// Where remote control takes place: exchanges and queues as all versions of Celery find them (reference, 7.1).
public struct ControlMailbox: Sendable, Hashable {
    /// `control_exchange`
    public var namespace = "celery"
    /// `control_queue_exclusive`: true since Celery 5.7. RabbitMQ 4.3 refuses the queues of older versions, which are
    /// neither exclusive nor durable. A node's queue has to be declared alike by all who use its name.
    public var isExclusive = true
    /// `control_queue_durable`; not together with `isExclusive`.
    public var isDurable = false
    /// `control_queue_ttl`: how long a message waits to be read.
    public var messageTTL: Duration? = .seconds(300)
    /// `control_queue_expires`: how long an unused queue stays.
    public var expires: Duration? = .seconds(10)

    public init() {}

    /// Requests go to everybody.
    public var requestExchange: ExchangeDeclaration {
        ExchangeDeclaration(name: "\(namespace).pidbox", type: .fanout, isDurable: false)
    }

    /// Replies go to who asked. Whoever replies declares it first.
    public var replyExchange: ExchangeDeclaration {
        ExchangeDeclaration(name: "reply.\(namespace).pidbox", type: .direct, isDurable: false)
    }

    /// A worker's queue. It is consumed without acknowledgement, on a channel of its own.
    public func queue(of node: String) -> QueueTopology {
        QueueTopology(queue: declaration("\(node).\(namespace).pidbox"), exchange: requestExchange, routingKey: "")
    }

    /// The queue of somebody who asks.
    ///
    /// - Parameter client: any name that is unique, a UUID.
    public func replyQueue(of client: String) -> QueueTopology {
        QueueTopology(
            queue: declaration("\(client).\(replyExchange.name)"),
            exchange: replyExchange,
            routingKey: client
        )
    }

    private func declaration(_ name: String) -> QueueDeclaration {
        var arguments: FieldTable = [:]
        arguments["x-expires"] = expires.map { .integer(Int($0.wholeMicroseconds / 1000)) }
        arguments["x-message-ttl"] = messageTTL.map { .integer(Int($0.wholeMicroseconds / 1000)) }
        return QueueDeclaration(
            name: name,
            isDurable: isDurable,
            isExclusive: isExclusive,
            isAutoDelete: !isDurable,
            arguments: arguments
        )
    }
}

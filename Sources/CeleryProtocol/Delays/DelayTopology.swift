public import BrokerModel

/// Celery's native delayed delivery: 28 levels of queues, one per bit of the delay in seconds, through which a message
/// falls until its time has come (Celery reference, 2.5).
///
/// Level *n* holds a message for 2ⁿ seconds if bit *n* of its routing key is 1, and passes it on at once if it is 0.
/// Below level 0 is the exchange `celery_delayed_delivery`, to which queues are bound.
public enum DelayTopology {
    /// The type of the level queues: `broker_native_delayed_delivery_queue_type`. All who declare them must agree on it,
    /// Python workers included.
    public enum QueueType: String, Sendable, Hashable, CaseIterable {
        case quorum, classic
    }

    /// How many levels there are.
    public static let levels = 28
    /// Where Celery publishes delayed messages to.
    public static let entryExchange = name(level: levels - 1)

    /// Where a message of that delay can be published to as well: the level of its highest bit. Those above it only pass it
    /// on, at a broker's cost of a pattern match each, some twenty for an hour.
    public static func entryExchange(seconds: Int) -> String {
        let seconds = min(max(seconds, 1), DelayRoutingKey.maximumSeconds)
        return name(level: Int.bitWidth - 1 - seconds.leadingZeroBitCount)
    }

    /// Where they come out.
    public static let deliveryExchange = "celery_delayed_delivery"

    private static let namePrefix = "celery_delayed_"

    /// The name of a level's exchange and queue.
    public static func name(level: Int) -> String { "\(namePrefix)\(level)" }

    /// Whether an exchange is one of the delay's. A message that has been delayed arrives with one, and with the whole
    /// routing key, bits included.
    public static func isDelayed(_ exchange: String) -> Bool { exchange.hasPrefix(namePrefix) }

    /// Declares the levels and the exchange below them, in Celery's order and with its arguments.
    public static func steps(queueType: QueueType = .quorum) -> [TopologyStep] {
        let levels = (0..<levels).reversed()
        var steps: [TopologyStep] = []
        for level in levels {
            let name = name(level: level)
            steps.append(.exchange(ExchangeDeclaration(name: name, type: .topic)))
            steps.append(.queue(QueueDeclaration(name: name, arguments: arguments(level: level, queueType))))
            steps.append(.bindQueue(QueueBinding(queue: name, exchange: name, routingKey: key(level: level, bit: "1"))))
        }
        for level in levels.dropLast() {
            steps.append(pass(from: level, to: name(level: level - 1)))
        }
        steps.append(.exchange(ExchangeDeclaration(name: deliveryExchange, type: .topic)))
        steps.append(pass(from: 0, to: deliveryExchange))
        return steps
    }

    /// Lets a consumed queue get its delayed messages.
    ///
    /// A queue whose exchange is not direct is bound as Celery binds it, through its exchange, which is where Python's
    /// producers delay for. Besides, every queue is bound straight to the delivery, for what is parked by
    /// `ParkedMessage`: exactly that queue gets it, one with a direct exchange too.
    ///
    /// - Returns: no straight binding for a name that is too long for a routing key, see `DelayRoutingKey.queueKey(_:)`.
    public static func bindings(of topology: QueueTopology) -> [TopologyStep] {
        var steps: [TopologyStep] = []
        let queue = topology.queue.name
        if let exchange = topology.exchange, exchange.type != .direct {
            let key = topology.routingKey.hasPrefix("#") ? topology.routingKey : "#.\(topology.routingKey)"
            steps.append(
                .bindExchange(ExchangeBinding(destination: exchange.name, source: deliveryExchange, routingKey: key))
            )
            steps.append(.bindQueue(QueueBinding(queue: queue, exchange: exchange.name, routingKey: key)))
        }
        if let key = DelayRoutingKey.queueKey(queue) {
            let pattern = String(repeating: "*.", count: levels) + key
            steps.append(.bindQueue(QueueBinding(queue: queue, exchange: deliveryExchange, routingKey: pattern)))
        }
        return steps
    }

    private static func arguments(level: Int, _ type: QueueType) -> FieldTable {
        var arguments: FieldTable = [
            "x-queue-type": .string(type.rawValue),
            "x-overflow": "reject-publish",
            "x-message-ttl": .integer(1000 << level),
            "x-dead-letter-exchange": .string(level > 0 ? name(level: level - 1) : deliveryExchange),
        ]
        if type == .quorum { arguments["x-dead-letter-strategy"] = "at-least-once" }
        return arguments
    }

    private static func pass(from level: Int, to destination: String) -> TopologyStep {
        .bindExchange(
            ExchangeBinding(
                destination: destination,
                source: name(level: level),
                routingKey: key(level: level, bit: "0")
            )
        )
    }

    /// The pattern of keys whose bit of that level is `bit`.
    private static func key(level: Int, bit: String) -> String {
        String(repeating: "*.", count: levels - 1 - level) + "\(bit).#"
    }
}

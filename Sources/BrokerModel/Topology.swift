/// The type of an exchange, by its name on the wire.
public enum ExchangeType: String, Sendable, Hashable {
    case direct, topic, fanout, headers
}

/// An exchange as it is declared.
public struct ExchangeDeclaration: Sendable, Hashable {
    public var name: String
    public var type: ExchangeType
    public var isDurable: Bool
    public var isAutoDelete: Bool
    public var arguments: FieldTable

    public init(
        name: String,
        type: ExchangeType = .direct,
        isDurable: Bool = true,
        isAutoDelete: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.name = name
        self.type = type
        self.isDurable = isDurable
        self.isAutoDelete = isAutoDelete
        self.arguments = arguments
    }
}

/// A queue as it is declared.
public struct QueueDeclaration: Sendable, Hashable {
    public var name: String
    public var isDurable: Bool
    public var isExclusive: Bool
    public var isAutoDelete: Bool
    public var arguments: FieldTable

    public init(
        name: String,
        isDurable: Bool = true,
        isExclusive: Bool = false,
        isAutoDelete: Bool = false,
        arguments: FieldTable = [:]
    ) {
        self.name = name
        self.isDurable = isDurable
        self.isExclusive = isExclusive
        self.isAutoDelete = isAutoDelete
        self.arguments = arguments
    }
}

/// A queue with the exchange it is bound to, and what else belongs to it: what a consumer declares before it consumes.
public struct QueueTopology: Sendable, Hashable {
    public var queue: QueueDeclaration
    /// `nil` for a queue that only the default exchange reaches.
    public var exchange: ExchangeDeclaration?
    public var routingKey: String
    public var bindingArguments: FieldTable
    /// Arguments of `basic.consume`, for example `x-priority`.
    public var consumerArguments: FieldTable
    /// What is declared behind the queue and its binding, for example its dead-letter queue. A consumer declares a step that
    /// several queues bring only once.
    public var companions: [TopologyStep]

    public init(
        queue: QueueDeclaration,
        exchange: ExchangeDeclaration?,
        routingKey: String,
        bindingArguments: FieldTable = [:],
        consumerArguments: FieldTable = [:],
        companions: [TopologyStep] = []
    ) {
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
        self.bindingArguments = bindingArguments
        self.consumerArguments = consumerArguments
        self.companions = companions
    }

    /// All declarations: exchange, queue and binding in Celery's order (Celery reference, 2.1), then the companions. The
    /// default exchange is the broker's own, and has no bindings to declare.
    public var steps: [TopologyStep] {
        guard let exchange, !exchange.name.isEmpty else { return [.queue(queue)] + companions }
        let binding = QueueBinding(
            queue: queue.name,
            exchange: exchange.name,
            routingKey: routingKey,
            arguments: bindingArguments
        )
        return [.exchange(exchange), .queue(queue), .bindQueue(binding)] + companions
    }

    /// The queue argument behind `isSingleActive`.
    public static let singleActiveConsumer = "x-single-active-consumer"

    /// Whether the broker delivers to one of the queue's consumers only, and to the next one when that is cancelled or
    /// gone.
    ///
    /// RabbitMQ takes this as an argument of the declaration alone: not by policy, and not for a queue that exists.
    ///
    /// For one task at a time across machines a consumer holds one delivery at a time, and leaves by closing its channel
    /// once that is settled. Not by a cancel: the broker hands over at once, though a delivery is still unsettled, and
    /// the classic queue of RabbitMQ 3.10 and 3.11 breaks if messages are ready (rabbitmq-server issue 5460).
    public var isSingleActive: Bool {
        queue.arguments[QueueTopology.singleActiveConsumer] == .bool(true)
    }
}

public import BrokerModel
public import JSON
public import OrderedCollections

/// The command `add_consumer`: a queue to consume from, with all that it takes to declare it.
///
/// A queue that the worker's settings define is declared as they say, whatever the command says.
public struct ControlConsumer: Sendable, Hashable {
    public var queue: String
    /// `nil` is the queue's name.
    public var exchange: String?
    public var exchangeType: ExchangeType
    /// `nil` is the queue's name.
    public var routingKey: String?
    /// Options of kombu's `Queue.from_dict`: `durable`, `queue_arguments`, `max_priority` …; others are ignored.
    public var options: JSONObject

    public init(
        queue: String,
        exchange: String? = nil,
        exchangeType: ExchangeType = .direct,
        routingKey: String? = nil,
        options: JSONObject = [:]
    ) {
        self.queue = queue
        self.exchange = exchange
        self.exchangeType = exchangeType
        self.routingKey = routingKey
        self.options = options
    }

    init(_ arguments: ControlArguments) throws(PythonException) {
        let typeName = arguments["exchange_type"].string.nonEmpty ?? "direct"
        guard let type = ExchangeType(rawValue: typeName) else {
            throw .valueError(
                "exchange_type must be direct, topic, fanout or headers, not \(PythonRepr.quoted(typeName))"
            )
        }
        self.init(
            queue: try arguments.text("queue"),
            exchange: arguments["exchange"].string,
            exchangeType: type,
            routingKey: arguments["routing_key"].string,
            options: arguments.members
        )
        for name in ["queue", "exchange", "exchange_type", "routing_key"] { options[name] = nil }
    }

    /// The queue as it is declared and consumed.
    ///
    /// - Parameter maxPriority: `task_queue_max_priority`, for a queue that says nothing else.
    public func topology(maxPriority: Int? = nil) -> QueueTopology {
        let isExclusive = flag("exclusive") ?? false
        let queueDeclaration = QueueDeclaration(
            name: queue,
            isDurable: flag("queue_durable") ?? flag("durable") ?? true,
            isExclusive: isExclusive,
            // kombu makes no exclusive queue without it.
            isAutoDelete: isExclusive || flag("queue_auto_delete") ?? flag("auto_delete") ?? false,
            arguments: arguments(maxPriority)
        )
        let exchangeDeclaration = ExchangeDeclaration(
            name: exchange ?? queue,
            type: exchangeType,
            isDurable: flag("exchange_durable") ?? flag("durable") ?? true,
            isAutoDelete: flag("exchange_auto_delete") ?? flag("auto_delete") ?? false,
            arguments: FieldTable(options["exchange_arguments"]?.object ?? [:])
        )
        return QueueTopology(
            queue: queueDeclaration,
            exchange: exchangeDeclaration,
            routingKey: routingKey ?? options["binding_key"]?.string ?? queue,
            bindingArguments: FieldTable(options["binding_arguments"]?.object ?? [:]),
            consumerArguments: FieldTable(options["consumer_arguments"]?.object ?? [:])
        )
    }

    /// The queue's arguments: those given by name, and those given as such.
    private func arguments(_ maxPriority: Int?) -> FieldTable {
        var table: FieldTable = [:]
        for (option, name, scale) in ControlConsumer.argumentOptions {
            guard let number = options[option]?.double, let value = Int(exactly: (number * scale).rounded(.towardZero))
            else { continue }
            table[name] = .integer(value)
        }
        for entry in FieldTable(options["queue_arguments"]?.object ?? [:]).entries { table[entry.name] = entry.value }
        if let maxPriority, table["x-max-priority"] == nil { table["x-max-priority"] = .integer(maxPriority) }
        return table
    }

    /// kombu's names, RabbitMQ's, and what seconds are multiplied by.
    private static let argumentOptions: [(String, String, Double)] = [
        ("expires", "x-expires", 1000), ("message_ttl", "x-message-ttl", 1000), ("max_length", "x-max-length", 1),
        ("max_length_bytes", "x-max-length-bytes", 1), ("max_priority", "x-max-priority", 1),
    ]

    private func flag(_ name: String) -> Bool? {
        options[name].flatMap { $0.isNull ? nil : PythonTruth.of($0) }
    }
}

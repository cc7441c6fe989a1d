public import BrokerModel

/// How each queue is declared, exactly as Celery declares it: another argument is a 406 for the Python side (Celery
/// reference, 2.1).
public struct QueueCatalogue: Sendable {
    public let options: Options
    private var defined: [QueueTopology] = []

    /// Makes the catalogue of some settings.
    ///
    /// - Throws: `ProtocolError` for a type of queue or exchange that does not exist.
    public init(_ options: Options = Options()) throws(ProtocolError) {
        self.options = options
        if options.queues.isEmpty {
            let arguments = try QueueCatalogue.arguments(ofType: options.defaultQueueType)
            defined.append(
                QueueTopology(
                    queue: QueueDeclaration(name: options.defaultQueue, arguments: withMaxPriority(arguments)),
                    exchange: try defaultExchange(),
                    routingKey: defaultRoutingKey
                )
            )
        }
        for definition in options.queues {
            let topology = try topology(of: definition)
            defined.removeAll { $0.queue.name == definition.name }
            defined.append(topology)
        }
    }

    /// The queues that a worker consumes from when it is given none.
    public var names: [String] { defined.map(\.queue.name) }

    /// How a queue is declared, whether it is defined or made on demand.
    ///
    /// - Throws: `ProtocolError` when it is not defined and missing queues are not to be made.
    public func topology(_ name: String) throws(ProtocolError) -> QueueTopology {
        if let topology = defined.last(where: { $0.queue.name == name }) { return topology }
        guard options.createsMissing else {
            throw ProtocolError(
                .unknownQueue,
                "queue '\(name)' isn't defined in the `task_queues` setting, and `task_create_missing_queues` is off"
            )
        }
        let arguments = try QueueCatalogue.arguments(ofType: options.missingQueueType)
        let type = try QueueCatalogue.exchangeType(options.missingExchangeType ?? "direct")
        return QueueTopology(
            queue: QueueDeclaration(name: name, arguments: withMaxPriority(arguments)),
            exchange: ExchangeDeclaration(name: name, type: type),
            routingKey: name
        )
    }

    /// The queues of the options `-Q` and `-X`: those named, or all that are defined, without those excluded.
    ///
    /// - Throws: `ProtocolError`, see `topology(_:)`.
    public func select(_ names: [String], excluding excluded: [String] = []) throws(ProtocolError) -> [QueueTopology] {
        var selected: [QueueTopology] = []
        for name in names.isEmpty ? self.names : names {
            let topology = try topology(name)
            if !excluded.contains(name), !selected.contains(where: { $0.queue.name == name }) {
                selected.append(topology)
            }
        }
        return selected
    }

    /// The queue that only one worker consumes, with the setting `worker_direct`.
    public static func workerDirect(_ node: NodeName) -> QueueTopology {
        QueueTopology(
            queue: QueueDeclaration(name: "\(node).dq2"),
            exchange: ExchangeDeclaration(name: "C.dq2"),
            routingKey: node.description
        )
    }

    private var defaultRoutingKey: String { options.defaultRoutingKey ?? options.defaultQueue }

    private func defaultExchange() throws(ProtocolError) -> ExchangeDeclaration {
        let type = try QueueCatalogue.exchangeType(options.defaultExchangeType)
        return ExchangeDeclaration(name: options.defaultExchange ?? options.defaultQueue, type: type)
    }

    private func topology(of definition: QueueDefinition) throws(ProtocolError) -> QueueTopology {
        var exchange = try defaultExchange()
        if let name = definition.exchange, !name.isEmpty {
            let type = try QueueCatalogue.exchangeType(definition.exchangeType ?? "direct")
            exchange = ExchangeDeclaration(name: name, type: type)
        }
        var arguments = definition.arguments
        if let priority = definition.maxPriority { arguments["x-max-priority"] = .integer(priority) }
        let missingKey = definition.usesDefaultRoutingKey ? defaultRoutingKey : definition.name
        return QueueTopology(
            queue: QueueDeclaration(name: definition.name, arguments: withMaxPriority(arguments)),
            exchange: exchange,
            routingKey: definition.routingKey ?? missingKey
        )
    }

    private func withMaxPriority(_ arguments: FieldTable) -> FieldTable {
        guard let priority = options.maxPriority, arguments["x-max-priority"] == nil else { return arguments }
        var arguments = arguments
        arguments["x-max-priority"] = .integer(priority)
        return arguments
    }

    /// A classic queue is declared without type: naming the default would be another argument.
    private static func arguments(ofType type: String) throws(ProtocolError) -> FieldTable {
        switch type {
        case "classic": return [:]
        case "quorum": return ["x-queue-type": .string("quorum")]
        default:
            let problem = "invalid queue type '\(type)': valid types are 'classic' and 'quorum'"
            throw ProtocolError(.invalidQueue, problem)
        }
    }

    private static func exchangeType(_ name: String) throws(ProtocolError) -> ExchangeType {
        guard let type = ExchangeType(rawValue: name) else {
            let problem = "invalid exchange type '\(name)': valid types are 'direct', 'topic', 'fanout' and 'headers'"
            throw ProtocolError(.invalidQueue, problem)
        }
        return type
    }
}

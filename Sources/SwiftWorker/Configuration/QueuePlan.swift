public import BrokerModel

/// Which queues a worker consumes, as they are declared (Celery reference, 2.1).
public struct QueuePlan: Sendable {
    /// In the order of `-Q`, or of the settings.
    public let consumed: [QueueTopology]

    /// Chooses among the settings' queues.
    ///
    /// - Parameters:
    ///   - selected: `-Q`; empty is all queues of the settings.
    ///   - excluded: `-X`.
    ///   - nodeName: this worker's, for `worker_direct`.
    /// - Throws: `SettingsError` for a name that is not in `task_queues` when missing queues may not be created, and
    ///   when no queue is left.
    public init(
        settings: Settings,
        selecting selected: [String] = [],
        excluding excluded: [String] = [],
        nodeName: String
    ) throws(SettingsError) {
        var chosen: [QueueTopology] = []
        let names = selected.isEmpty ? settings.configuredQueueNames : selected
        for name in names where !chosen.contains(where: { $0.queue.name == name }) {
            guard let topology = settings.topology(ofQueue: name) else {
                let hint = Suggestion.hint(for: name, among: settings.configuredQueueNames)
                throw SettingsError(
                    .unknownQueue,
                    "queue '\(name)' is not in task_queues, and task_create_missing_queues is false\(hint)"
                )
            }
            chosen.append(topology)
        }
        chosen.removeAll { excluded.contains($0.queue.name) }
        if settings.workerDirect { chosen.append(Settings.directQueue(of: nodeName)) }
        guard !chosen.isEmpty else { throw SettingsError(.unknownQueue, "no queue is left to consume from") }
        consumed = chosen
    }
}

extension Settings {
    /// The queues that a worker consumes without `-Q`: `task_queues`, or the default queue alone.
    public var configuredQueueNames: [String] {
        taskQueues.isEmpty ? [taskDefaultQueue] : taskQueues.map(\.name)
    }

    /// How a queue is declared; `nil` when it is not configured and missing queues may not be created.
    public func topology(ofQueue name: String) -> QueueTopology? {
        var topology: QueueTopology
        if let queue = taskQueues.first(where: { $0.name == name }) {
            topology = configured(queue)
        } else if taskQueues.isEmpty, name == taskDefaultQueue {
            topology = QueueTopology(
                queue: QueueDeclaration(name: name, arguments: Self.typeArgument(taskDefaultQueueType)),
                exchange: defaultExchange,
                routingKey: taskDefaultRoutingKey ?? taskDefaultQueue
            )
        } else if taskCreateMissingQueues {
            topology = QueueTopology(
                queue: QueueDeclaration(name: name, arguments: Self.typeArgument(taskCreateMissingQueueType)),
                exchange: ExchangeDeclaration(name: name, type: Self.type(taskCreateMissingQueueExchangeType)),
                routingKey: name
            )
        } else {
            return nil
        }
        if let priority = taskQueueMaxPriority, topology.queue.arguments["x-max-priority"] == nil {
            topology.queue.arguments["x-max-priority"] = .integer(priority)
        }
        return topology
    }

    /// The queue of `worker_direct`.
    static func directQueue(of nodeName: String) -> QueueTopology {
        QueueTopology(
            queue: QueueDeclaration(name: nodeName + ".dq2"),
            exchange: ExchangeDeclaration(name: "C.dq2"),
            routingKey: nodeName
        )
    }

    private var defaultExchange: ExchangeDeclaration {
        ExchangeDeclaration(
            name: taskDefaultExchange ?? taskDefaultQueue,
            type: Self.type(taskDefaultExchangeType)
        )
    }

    private func configured(_ queue: QueueSettings) -> QueueTopology {
        var arguments = FieldTable()
        for (key, value) in queue.arguments.sorted(by: { $0.key < $1.key }) { arguments[key] = Self.field(value) }
        if let priority = queue.maxPriority, arguments["x-max-priority"] == nil {
            arguments["x-max-priority"] = .integer(priority)
        }
        var consumerArguments = FieldTable()
        for (key, value) in queue.consumerArguments.sorted(by: { $0.key < $1.key }) {
            consumerArguments[key] = Self.field(value)
        }
        return QueueTopology(
            queue: QueueDeclaration(
                name: queue.name,
                isDurable: queue.isDurable,
                isExclusive: queue.isExclusive,
                isAutoDelete: queue.isAutoDelete,
                arguments: arguments
            ),
            exchange: queue.exchange.map {
                // kombu passes a queue's durable and auto_delete on to an exchange given by name.
                ExchangeDeclaration(name: $0, type: Self.type(queue.exchangeType))
            } ?? defaultExchange,
            routingKey: queue.routingKey ?? queue.name,
            consumerArguments: consumerArguments
        )
    }

    /// Classic is never sent: against an existing queue of another default type it would be refused.
    private static func typeArgument(_ type: String) -> FieldTable {
        type == "classic" ? [:] : ["x-queue-type": .string(type)]
    }

    private static func type(_ name: String?) -> ExchangeType {
        name.flatMap(ExchangeType.init(rawValue:)) ?? .direct
    }

    private static func field(_ value: SettingScalar) -> FieldValue {
        switch value {
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .string(let value): .string(value)
        }
    }
}

public import BrokerModel
import CeleryProtocol

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
        let known = settings.configuredQueueNames
        var chosen: [QueueTopology]
        do {
            let catalogue = try QueueCatalogue(QueueCatalogue.Options(settings))
            chosen = try catalogue.select(selected, excluding: excluded)
        } catch {
            guard error.code == .unknownQueue else { throw SettingsError(.invalidValue, error.message) }
            let name = selected.first { !known.contains($0) } ?? ""
            throw SettingsError(.unknownQueue, error.message + Suggestion.hint(for: name, among: known))
        }
        for index in chosen.indices { settings.complete(&chosen[index]) }
        if settings.workerDirect { chosen.append(QueueCatalogue.workerDirect(NodeName(nodeName))) }
        guard !chosen.isEmpty else { throw SettingsError(.unknownQueue, "no queue is left to consume from") }
        consumed = chosen
    }
}

extension Settings {
    /// The queues that a worker consumes without `-Q`: `task_queues`, or the default queue alone.
    public var configuredQueueNames: [String] {
        taskQueues.isEmpty ? [taskDefaultQueue] : taskQueues.map(\.name)
    }

    /// Adds what the wire's catalogue has no word for.
    fileprivate func complete(_ topology: inout QueueTopology) {
        guard let queue = taskQueues.first(where: { $0.name == topology.queue.name }) else { return }
        topology.queue.isDurable = queue.isDurable
        topology.queue.isExclusive = queue.isExclusive
        topology.queue.isAutoDelete = queue.isAutoDelete
        topology.consumerArguments = FieldTable(queue.consumerArguments)
    }
}

extension QueueCatalogue.Options {
    fileprivate init(_ settings: Settings) {
        self.init()
        defaultQueue = settings.taskDefaultQueue
        defaultExchange = settings.taskDefaultExchange
        defaultExchangeType = settings.taskDefaultExchangeType
        defaultRoutingKey = settings.taskDefaultRoutingKey
        defaultQueueType = settings.taskDefaultQueueType
        createsMissing = settings.taskCreateMissingQueues
        missingQueueType = settings.taskCreateMissingQueueType
        missingExchangeType = settings.taskCreateMissingQueueExchangeType
        maxPriority = settings.taskQueueMaxPriority
        queues = settings.taskQueues.map { queue in
            var definition = QueueDefinition(name: queue.name)
            definition.exchange = queue.exchange
            definition.exchangeType = queue.exchangeType
            definition.routingKey = queue.routingKey
            definition.arguments = FieldTable(queue.arguments)
            definition.maxPriority = queue.maxPriority
            return definition
        }
    }
}

extension FieldTable {
    fileprivate init(_ values: [String: SettingScalar]) {
        self.init(
            values.sorted { $0.key < $1.key }.map { name, value in
                switch value {
                case .bool(let value): Entry(name: name, value: .bool(value))
                case .integer(let value): Entry(name: name, value: .integer(value))
                case .string(let value): Entry(name: name, value: .string(value))
                }
            }
        )
    }
}

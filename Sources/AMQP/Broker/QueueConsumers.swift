import BrokerModel

/// The consumers of a worker's queues on one channel.
struct QueueConsumers {
    let channel: AMQPChannel
    let queues: [QueueTopology]
    /// Gives unique consumer tags.
    let counter: @Sendable () -> String
    /// The live consumer of each queue.
    private var live: [String: Consumer] = [:]
    /// The prefetch that the broker gives to the next consumer.
    private var prefetch: UInt16?

    private struct Consumer {
        let tag: String
        let shape: WantedConsumers.Shape
    }

    init(channel: AMQPChannel, queues: [QueueTopology], counter: @escaping @Sendable () -> String) {
        self.channel = channel
        self.queues = queues
        self.counter = counter
    }

    /// Declares exchange, queue and binding of every queue, in this order (Celery reference, 2.1).
    func declareAll() async throws(AMQPError) {
        for topology in queues { try await channel.declare(topology) }
    }

    /// Makes the consumers those that are wanted. An old consumer is cancelled only when its successor is there, so
    /// no queue is without; the broker applies a prefetch to new consumers only (Celery reference, 2.4).
    mutating func follow(_ wanted: WantedConsumers) async throws(AMQPError) {
        var old: [String] = []
        for topology in wanted.order(queues) {
            let name = topology.queue.name
            let shape = wanted.consumer(of: topology)
            guard live[name]?.shape != shape else { continue }
            if let tag = live[name]?.tag { old.append(tag) }
            if let shape { try await consume(topology, shape) } else { live[name] = nil }
        }
        for tag in old { try await channel.cancel(tag) }
    }

    /// Declares a queue again and consumes from it, if that is wanted.
    ///
    /// - Parameter lostTag: the consumer that was lost; one that has been replaced already needs no healing.
    /// - Returns: whether there was something to heal.
    mutating func heal(queue: String, lostTag: String?, _ wanted: WantedConsumers) async throws(AMQPError) -> Bool {
        if let lostTag, live[queue]?.tag != lostTag { return false }
        live[queue] = nil
        guard let topology = queues.first(where: { $0.queue.name == queue }),
            let shape = wanted.consumer(of: topology)
        else { return false }
        try await channel.declare(topology)
        try await consume(topology, shape)
        return true
    }

    /// The queues that should have a consumer and have none.
    func missingQueues(_ wanted: WantedConsumers) async throws(AMQPError) -> [String] {
        guard case .consumers(let live) = try await channel.ask(.listConsumers) else { return [] }
        return queues.filter { wanted.wants($0) }.map(\.queue.name).filter { !live.contains($0) }
    }

    private mutating func consume(
        _ topology: QueueTopology,
        _ shape: WantedConsumers.Shape
    ) async throws(AMQPError) {
        if prefetch != shape.prefetch {
            try await channel.qos(prefetch: shape.prefetch)
            prefetch = shape.prefetch
        }
        let tag = counter()
        try await channel.consume(topology.queue.name, tag: tag, arguments: topology.consumerArguments)
        live[topology.queue.name] = Consumer(tag: tag, shape: shape)
    }
}

extension AMQPChannel {
    /// Declares exchange, queue and binding, in that order.
    ///
    /// - Throws: for a queue that exists with other properties an error that says what to do.
    func declare(_ topology: QueueTopology) async throws(AMQPError) {
        // The default exchange and `amq.*` are the broker's own.
        if let exchange = topology.exchange, !exchange.name.isEmpty {
            try await declareExchange(exchange)
        }
        do {
            try await declareQueue(topology.queue)
        } catch {
            throw error.explained(declaring: topology.queue)
        }
        if let exchange = topology.exchange, !exchange.name.isEmpty {
            try await bindQueue(
                topology.queue.name,
                exchange: exchange.name,
                routingKey: topology.routingKey,
                arguments: topology.bindingArguments
            )
        }
    }
}

import BrokerModel

/// The consumers of a worker's queues on one channel.
struct QueueConsumers {
    let channel: AMQPChannel
    let queues: [QueueTopology]
    /// Gives unique consumer tags.
    let counter: @Sendable () -> String
    /// The live consumer of each queue.
    private var tags: [String: String] = [:]

    init(channel: AMQPChannel, queues: [QueueTopology], counter: @escaping @Sendable () -> String) {
        self.channel = channel
        self.queues = queues
        self.counter = counter
    }

    /// Declares exchange, queue and binding of every queue, in this order (Celery reference, 2.1).
    func declareAll() async throws(AMQPError) {
        for topology in queues { try await channel.declare(topology) }
    }

    /// Consumes from every queue with this prefetch. Old consumers are cancelled only when the new ones are there, so
    /// no queue is ever without; the broker applies a prefetch to new consumers only (Celery reference, 2.4).
    mutating func consumeAll(prefetch: UInt16) async throws(AMQPError) {
        try await channel.qos(prefetch: prefetch)
        let old = tags
        for topology in queues { try await consume(topology) }
        for tag in old.values { try await channel.cancel(tag) }
    }

    mutating func cancelAll() async throws(AMQPError) {
        for tag in tags.values { try await channel.cancel(tag) }
        tags = [:]
    }

    /// Declares a queue again and consumes from it.
    ///
    /// - Parameter lostTag: the consumer that was lost; one that has been replaced already needs no healing.
    /// - Returns: whether there was something to heal.
    mutating func heal(queue: String, lostTag: String?) async throws(AMQPError) -> Bool {
        if let lostTag, tags[queue] != lostTag { return false }
        guard let topology = queues.first(where: { $0.queue.name == queue }) else { return false }
        try await channel.declare(topology)
        try await consume(topology)
        return true
    }

    /// The queues without a live consumer.
    func missingQueues() async throws(AMQPError) -> [String] {
        guard case .consumers(let live) = try await channel.ask(.listConsumers) else { return [] }
        return queues.map(\.queue.name).filter { !live.contains($0) }
    }

    private mutating func consume(_ topology: QueueTopology) async throws(AMQPError) {
        let tag = counter()
        try await channel.consume(topology.queue.name, tag: tag, arguments: topology.consumerArguments)
        tags[topology.queue.name] = tag
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

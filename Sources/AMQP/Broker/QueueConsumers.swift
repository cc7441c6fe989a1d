import BrokerModel

/// The consumers of a worker's queues on one connection.
struct QueueConsumers {
    private let connection: AMQPConnection
    private let channel: AMQPChannel
    /// Gives unique consumer tags.
    private let counter: @Sendable () -> String
    /// The live consumer of each queue.
    private var live: [String: Consumer] = [:]
    /// What was declared on this connection, for what several queues share.
    private var declared: Set<TopologyStep> = []
    /// The queues that were declared on this connection.
    private var declaredQueues: Set<String> = []
    /// The prefetch that the broker gives to the next consumer.
    private var prefetch: UInt16?

    private struct Consumer {
        let tag: String
        let shape: WantedConsumers.Shape
    }

    /// What went wrong, and with which queue.
    struct Failure: Error {
        let error: AMQPError
        /// `nil` if with none of them.
        let queue: String?
        /// Whether the channel of the other consumers still lives.
        let isHarmless: Bool

        /// Whether the broker said no, in contrast to a connection that broke meanwhile.
        var isRefusal: Bool { error.code == .channelClosedByBroker || !error.isRecoverable }
    }

    init(connection: AMQPConnection, channel: AMQPChannel, counter: @escaping @Sendable () -> String) {
        self.connection = connection
        self.channel = channel
        self.counter = counter
    }

    /// The queues that have a consumer.
    var liveQueues: some Sequence<String> { live.keys }

    /// Declares what belongs to each queue.
    mutating func declare(_ queues: [QueueTopology]) async throws(Failure) {
        for topology in queues where !declaredQueues.contains(topology.queue.name) {
            let steps = topology.steps.filter { !declared.contains($0) || $0 == .queue(topology.queue) }
            do {
                // Not on the consumers' channel, which a refusal would end.
                try await connection.declare(steps)
            } catch {
                let isHarmless = error.code == .channelClosedByBroker || error.code == .invalidArgument
                throw Failure(error: error, queue: topology.queue.name, isHarmless: isHarmless)
            }
            declared.formUnion(steps)
            declaredQueues.insert(topology.queue.name)
        }
    }

    /// Makes the consumers those that are wanted. An old consumer is cancelled only when its successor is there, so
    /// no queue is without; the broker applies a prefetch to new consumers only (Celery reference, 2.4).
    mutating func follow(_ wanted: WantedConsumers) async throws(Failure) {
        let names = Set(wanted.queueNames)
        var old: [String] = []
        for (name, consumer) in live where !names.contains(name) {
            old.append(consumer.tag)
            live[name] = nil
            declaredQueues.remove(name)
        }
        for topology in wanted.order {
            let name = topology.queue.name
            let shape = wanted.consumer(of: topology)
            guard live[name]?.shape != shape else { continue }
            if let tag = live[name]?.tag { old.append(tag) }
            if let shape {
                try await consume(topology, shape)
            } else {
                live[name] = nil
                // It goes with its last consumer.
                if topology.queue.isAutoDelete { forgetDeclaring(topology) }
            }
        }
        do {
            for tag in old { try await channel.cancel(tag) }
        } catch {
            throw Failure(error: error, queue: nil, isHarmless: false)
        }
    }

    /// Declares a queue again and consumes from it, if that is wanted.
    ///
    /// - Parameter lostTag: the consumer that was lost; one that has been replaced already needs no healing.
    /// - Returns: whether there was something to heal.
    mutating func heal(queue: String, lostTag: String?, _ wanted: WantedConsumers) async throws(Failure) -> Bool {
        if let lostTag, live[queue]?.tag != lostTag { return false }
        live[queue] = nil
        guard let topology = wanted.queues.first(where: { $0.queue.name == queue }),
            let shape = wanted.consumer(of: topology)
        else { return false }
        forgetDeclaring(topology)
        try await consume(topology, shape)
        return true
    }

    /// The queues that should have a consumer and have none.
    func missingQueues(_ wanted: WantedConsumers) async throws(AMQPError) -> [String] {
        guard case .consumers(let live) = try await channel.ask(.listConsumers) else { return [] }
        return wanted.queues.filter { wanted.wants($0) }.map(\.queue.name).filter { !live.contains($0) }
    }

    /// The queue may have been deleted, and its companions with it.
    private mutating func forgetDeclaring(_ topology: QueueTopology) {
        declaredQueues.remove(topology.queue.name)
        declared.subtract(topology.steps)
    }

    private mutating func consume(_ topology: QueueTopology, _ shape: WantedConsumers.Shape) async throws(Failure) {
        try await declare([topology])
        let tag = counter()
        do {
            if prefetch != shape.prefetch {
                try await channel.qos(prefetch: shape.prefetch)
                prefetch = shape.prefetch
            }
            try await channel.consume(topology.queue.name, tag: tag, arguments: topology.consumerArguments)
        } catch {
            throw Failure(error: error, queue: topology.queue.name, isHarmless: false)
        }
        live[topology.queue.name] = Consumer(tag: tag, shape: shape)
    }
}

import BrokerModel

extension AMQPConnection {
    /// Gives a body a channel of its own: when the broker refuses what is asked there, it closes that one and no other.
    func withChannel<Result>(
        _ body: (AMQPChannel) async throws(AMQPError) -> Result
    ) async throws(AMQPError) -> Result {
        let channel = try await openChannel()
        let result: Result
        do throws(AMQPError) {
            result = try await body(channel)
        } catch {
            try? await channel.close()
            throw error
        }
        try await channel.close()
        return result
    }

    /// Declares one after the other, on a channel of its own.
    func declare(_ steps: [TopologyStep]) async throws(AMQPError) {
        guard !steps.isEmpty else { return }
        try await withChannel { channel throws(AMQPError) in
            for step in steps { try await channel.declare(step) }
        }
    }

    /// What a queue holds; `nil` when there is none of that name.
    func status(of queue: String) async throws(AMQPError) -> QueueStatus? {
        do {
            return try await withChannel { channel throws(AMQPError) in
                try await channel.declareQueue(QueueDeclaration(name: queue), isPassive: true)
            }
        } catch {
            if error.reply?.code == 404 { return nil }
            throw error
        }
    }
}

extension AMQPChannel {
    /// - Throws: for a queue that exists with other properties an error that says what to do.
    fileprivate func declare(_ step: TopologyStep) async throws(AMQPError) {
        switch step {
        case .exchange(let exchange): try await declareExchange(exchange)
        case .queue(let queue):
            do {
                try await declareQueue(queue)
            } catch {
                throw error.explained(declaring: queue)
            }
        case .bindQueue(let binding):
            try await bindQueue(
                binding.queue,
                exchange: binding.exchange,
                routingKey: binding.routingKey,
                arguments: binding.arguments
            )
        case .bindExchange(let binding):
            try await bindExchange(
                binding.destination,
                to: binding.source,
                routingKey: binding.routingKey,
                arguments: binding.arguments
            )
        }
    }
}

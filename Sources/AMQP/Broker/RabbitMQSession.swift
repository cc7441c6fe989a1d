import BrokerModel
import Threads

/// A tool's session with RabbitMQ: one connection to take messages and to ask, one to publish.
final class RabbitMQSession: BrokerSession {
    let serverProperties: FieldTable
    private let connection: AMQPConnection
    private let publisher: RabbitMQPublisher
    private let taking: TakingChannel

    init(_ connection: AMQPConnection, _ publisher: RabbitMQPublisher) {
        serverProperties = connection.serverProperties
        self.connection = connection
        self.publisher = publisher
        taking = TakingChannel(connection)
    }

    func get(_ queue: String) async throws -> ReceivedMessage? {
        try await taking.get(queue)
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        try await publisher.publish(message, timeout: timeout)
    }

    func status(of queue: String) async throws -> QueueStatus? {
        try await connection.status(of: queue)
    }

    func hasExchange(_ name: String) async throws -> Bool {
        do {
            try await connection.withChannel { channel throws(AMQPError) in
                try await channel.declareExchange(ExchangeDeclaration(name: name), isPassive: true)
            }
            return true
        } catch {
            if error.reply?.code == 404 { return false }
            throw error
        }
    }

    func declare(_ steps: [TopologyStep]) async throws {
        try await connection.declare(steps)
    }

    func unbind(_ binding: QueueBinding) async throws {
        try await connection.withChannel { channel throws(AMQPError) in
            try await channel.unbindQueue(
                binding.queue,
                exchange: binding.exchange,
                routingKey: binding.routingKey,
                arguments: binding.arguments
            )
        }
    }

    func delete(queue: String, ifUnused: Bool, ifEmpty: Bool) async throws -> Int {
        try await connection.withChannel { channel throws(AMQPError) in
            try await channel.deleteQueue(queue, ifUnused: ifUnused, ifEmpty: ifEmpty)
        }
    }

    func delete(exchange: String, ifUnused: Bool) async throws {
        try await connection.withChannel { channel throws(AMQPError) in
            try await channel.deleteExchange(exchange, ifUnused: ifUnused)
        }
    }

    func purge(queue: String) async throws -> Int {
        try await connection.withChannel { channel throws(AMQPError) in
            try await channel.purgeQueue(queue)
        }
    }

    func close() async {
        await publisher.close()
        await taking.finish()
        await connection.close()
    }
}

/// The channel on which a session takes messages; opened when it is first needed.
///
/// The broker closes one that holds messages for too long. It is opened anew only where nothing has been taken on it: else
/// what was held is back in the queues, and would be taken a second time.
private actor TakingChannel {
    private let connection: AMQPConnection
    private var opening: Task<AMQPChannel, any Error>?
    private var queues: Set<String> = []
    private var hasTaken = false
    private let end = ChannelEnd()

    init(_ connection: AMQPConnection) { self.connection = connection }

    func get(_ queue: String) async throws -> ReceivedMessage? {
        queues.insert(queue)
        let channel = try await open()
        do throws(AMQPError) {
            let received = try await channel.get(queue)
            if received != nil { hasTaken = true }
            return received
        } catch {
            guard error.code == .malformedMessage else { throw error }
            hasTaken = true
            throw UnreadableMessage(error.message)
        }
    }

    /// Waits until the broker has done what the settlements say.
    func finish() async {
        guard let opening, let channel = try? await opening.value else { return }
        await channel.finishSettlements(of: queues)
    }

    private func open() async throws -> AMQPChannel {
        if let opening, let channel = try? await opening.value {
            if channel.link.isOpen { return channel }
            if hasTaken { throw end.error ?? AMQPError(.closed, "the channel is closed") }
        }
        let task = Task { [connection, end] in
            try await connection.openChannel(nil) { event in
                if case .closed(let error) = event { end.note(error) }
            }
        }
        opening = task
        return try await task.value
    }
}

/// Keeps why a channel has ended, which nobody may be there to hear.
private final class ChannelEnd: Sendable {
    private let state = Lock<AMQPError?>(nil)

    var error: AMQPError? { state.withLock { $0 } }

    func note(_ error: AMQPError) { state.withLock { $0 = error } }
}

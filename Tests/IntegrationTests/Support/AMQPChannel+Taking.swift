import AMQP
import BrokerModel
import Testing

extension AMQPChannel {
    struct NoMessage: Error {}

    /// A message that must be there.
    func take(_ queue: String, isNoAck: Bool = false) async throws -> ReceivedMessage {
        guard let received = try await get(queue, isNoAck: isNoAck) else {
            Issue.record("queue \(queue) is empty")
            throw NoMessage()
        }
        return received
    }

    /// Whether a queue gives no message.
    func isEmpty(_ queue: String) async throws -> Bool {
        let received = try await get(queue)
        return received == nil
    }

    func messageCount(_ queue: String) async throws -> Int {
        try await declareQueue(.init(name: queue), isPassive: true).messageCount
    }
}

extension BrokerSession {
    /// A message that must be there.
    func take(_ queue: String) async throws -> ReceivedMessage {
        guard let taken = try await get(queue) else {
            Issue.record("queue \(queue) is empty")
            throw AMQPChannel.NoMessage()
        }
        return taken
    }
}

import BrokerModel
import Threads

/// A tool's session with the in-memory broker.
final class InMemoryToolSession: BrokerSession {
    let serverProperties: FieldTable = ["product": "InMemoryBroker", "version": "0"]
    private let broker: InMemoryBroker
    private let session: InMemorySession

    init(broker: InMemoryBroker) {
        self.broker = broker
        session = InMemorySession(broker: broker) {}
    }

    func get(_ queue: String) async throws -> ReceivedMessage? {
        guard let stored = broker.take(from: queue) else { return nil }
        return ReceivedMessage(
            message: stored.received(from: queue),
            receipt: session.hold(stored, from: queue, generation: 0)
        )
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        try broker.take(message)
    }

    func status(of queue: String) async throws -> QueueStatus? { broker.status(of: queue) }

    func hasExchange(_ name: String) async throws -> Bool {
        broker.declarations.contains { step in
            if case .exchange(let exchange) = step { exchange.name == name } else { false }
        }
    }

    func declare(_ steps: [TopologyStep]) async throws { broker.declare(steps) }

    func unbind(_ binding: QueueBinding) async throws { broker.undeclare(.bindQueue(binding)) }

    func delete(queue: String, ifUnused: Bool, ifEmpty: Bool) async throws -> Int {
        if ifUnused, broker.consumerCount(of: queue) > 0 { throw InMemoryBrokerError.refused }
        if ifEmpty, broker.readyCount(queue) > 0 { throw InMemoryBrokerError.refused }
        return broker.delete(queue)
    }

    func delete(exchange: String, ifUnused: Bool) async throws {
        let declarations = broker.declarations
        let isUsed = declarations.contains { step in
            if case .bindQueue(let binding) = step { binding.exchange == exchange } else { false }
        }
        if ifUnused, isUsed { throw InMemoryBrokerError.refused }
        for case .exchange(let declared) in declarations where declared.name == exchange {
            broker.undeclare(.exchange(declared))
        }
    }

    func purge(queue: String) async throws -> Int { broker.drain(queue).count }

    func close() async { session.end() }
}

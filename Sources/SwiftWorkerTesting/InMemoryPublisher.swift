import BrokerModel

/// A publishing connection of the in-memory broker.
final class InMemoryPublisher: BrokerPublisher {
    private let broker: InMemoryBroker
    private let closing: AsyncStream<Void>
    private let closed: AsyncStream<Void>.Continuation

    init(broker: InMemoryBroker) {
        self.broker = broker
        (closing, closed) = AsyncStream.makeStream(of: Void.self)
    }

    func run() async throws {
        for await _ in closing {}
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        try broker.take(message)
    }

    func declare(_ steps: [TopologyStep]) async throws { broker.declare(steps) }

    func consumerCount(of queue: String) async throws -> Int? { broker.consumerCount(of: queue) }

    func close() async { closed.finish() }
}

/// What the in-memory broker can refuse.
public enum InMemoryBrokerError: Error, Sendable, Hashable {
    /// The test asked for it.
    case refused
}

import BrokerModel

/// A publishing connection of the in-memory broker.
final class InMemoryPublisher: BrokerPublisher {
    private let broker: InMemoryBroker
    private let observer: @Sendable (LinkEvent) -> Void
    private let closing: AsyncStream<Void>
    private let closed: AsyncStream<Void>.Continuation

    init(broker: InMemoryBroker, observer: @escaping @Sendable (LinkEvent) -> Void) {
        self.broker = broker
        self.observer = observer
        (closing, closed) = AsyncStream.makeStream(of: Void.self)
    }

    func run() async throws {
        observer(.connected(endpoint: "memory"))
        for await _ in closing {}
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        try broker.take(message)
    }

    func declare(_ steps: [TopologyStep]) async throws { broker.declare(steps) }

    func consumerCount(of queue: String) async throws -> Int? { broker.consumerCount(of: queue) }

    func probe() async throws {}

    func close() async { closed.finish() }
}

/// What the in-memory broker can refuse.
public enum InMemoryBrokerError: Error, Sendable, Hashable {
    /// The test asked for it.
    case refused
}

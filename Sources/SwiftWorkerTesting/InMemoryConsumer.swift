import BrokerModel
import Threads

/// A consuming connection of the in-memory broker.
final class InMemoryConsumer: BrokerConsumer {
    private let broker: InMemoryBroker
    private let queues: [String]
    private let handler: any DeliveryHandler
    private let observer: @Sendable (LinkEvent) -> Void
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state: Lock<State>

    private struct State {
        var prefetch: UInt16
        var session: InMemorySession?
        var isConsuming = false
        var isClosed = false
    }

    init(
        broker: InMemoryBroker,
        queues: [String],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) {
        self.broker = broker
        self.queues = queues
        self.handler = handler
        self.observer = observer
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state = Lock(State(prefetch: prefetch))
    }

    func consumes(_ queue: String) -> Bool {
        queues.contains(queue) && state.withLock { $0.isConsuming }
    }

    func wake() { signal.yield() }

    func run() async throws {
        connect()
        for await _ in signals { deliverAll() }
    }

    func stopConsuming() async {
        state.withLock { $0.isConsuming = false }
    }

    func setPrefetch(_ count: UInt16) async {
        state.withLock { $0.prefetch = count }
        wake()
    }

    func close() async {
        let session = state.withLock { state in
            state.isClosed = true
            return state.session.take()
        }
        session?.end()
        signal.finish()
    }

    func breakConnection() {
        let session = state.withLock { $0.isConsuming ? $0.session : nil }
        guard let session else { return }
        observer(
            .disconnected(reason: "broken by the test", endpoint: "memory", attempt: 0, limit: nil, retryIn: .zero)
        )
        session.end()
        connect()
    }

    private func connect() {
        let session = InMemorySession(broker: broker) { [weak self] in self?.wake() }
        state.withLock { state in
            state.session = session
            state.isConsuming = true
        }
        observer(.connected(endpoint: "memory"))
        observer(.consuming(queues: queues))
        wake()
    }

    private func deliverAll() {
        var isAnyDelivered = false
        for queue in queues {
            while let session = readySession(queue), let stored = broker.take(from: queue) {
                let receipt = session.hold(stored, from: queue)
                handler.receive(
                    IncomingMessage(
                        exchange: stored.message.exchange,
                        routingKey: stored.message.routingKey,
                        queue: queue,
                        isRedelivered: stored.isRedelivered,
                        properties: stored.message.properties,
                        body: stored.message.body
                    ),
                    receipt
                )
                isAnyDelivered = true
            }
        }
        if isAnyDelivered { handler.receivedBatch() }
    }

    /// The session, if it may take another message of the queue.
    private func readySession(_ queue: String) -> InMemorySession? {
        state.withLock { state in
            guard state.isConsuming, let session = state.session else { return nil }
            return state.prefetch == 0 || session.heldCount(of: queue) < Int(state.prefetch) ? session : nil
        }
    }
}

import BrokerModel
import Threads

/// A consuming connection of the in-memory broker.
final class InMemoryConsumer: BrokerConsumer {
    private let broker: InMemoryBroker
    private let handler: any DeliveryHandler
    private let observer: @Sendable (LinkEvent) -> Void
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation
    private let state: Lock<State>

    private struct State {
        var queues: [QueueTopology]
        var prefetch: UInt16
        /// What the consumers hold began with these; see `BrokerConsumer.setPrefetch`.
        var generation = 0
        var session: InMemorySession?
        var isConsuming = false
        var isPaused = false
        var keepsSingleActive = false

        /// Whether the queue has a consumer of this connection.
        func consumes(_ topology: QueueTopology) -> Bool {
            if topology.isSingleActive { return isConsuming || keepsSingleActive }
            return isConsuming && !isPaused
        }
    }

    init(
        broker: InMemoryBroker,
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) {
        self.broker = broker
        self.handler = handler
        self.observer = observer
        (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state = Lock(State(queues: queues, prefetch: prefetch))
    }

    func consumes(_ queue: String) -> Bool {
        state.withLock { state in
            guard let topology = state.queues.first(where: { $0.queue.name == queue }) else { return false }
            return state.session != nil && state.consumes(topology)
        }
    }

    func wake() { signal.yield() }

    func run() async throws {
        connect()
        for await _ in signals { deliverAll() }
    }

    func add(_ queue: QueueTopology) async throws {
        let isConnected = state.withLock { state in
            guard !state.queues.contains(where: { $0.queue.name == queue.queue.name }) else { return false }
            state.queues.append(queue)
            return state.isConsuming
        }
        guard isConnected else { return }
        broker.declare(queue.steps)
        broker.notify()
    }

    func remove(queue: String) async {
        state.withLock { state in state.queues.removeAll { $0.queue.name == queue } }
        broker.notify()
    }

    func stopConsuming(keepsSingleActive: Bool) async {
        state.withLock { state in
            state.isConsuming = false
            state.keepsSingleActive = keepsSingleActive
        }
        broker.notify()
    }

    func pause() async {
        state.withLock { $0.isPaused = true }
    }

    func setPrefetch(_ count: UInt16) async {
        state.withLock { state in
            state.prefetch = count
            state.generation += 1
            state.isPaused = false
        }
        wake()
    }

    func probe() async throws -> [String] {
        try state.withLock { state in
            guard state.session != nil else { throw InMemoryBrokerError.refused }
            return state.queues.filter { !state.consumes($0) && state.isConsuming && !state.isPaused }.map(\.queue.name)
        }
    }

    func close() async {
        state.withLock { $0.session.take() }?.end()
        signal.finish()
        broker.notify()
    }

    func breakConnection() {
        // The broker notices first: whoever hears of the loss may be delivered to again.
        guard let session = state.withLock({ $0.isConsuming ? $0.session.take() : nil }) else { return }
        session.end()
        observer(
            .disconnected(reason: "broken by the test", endpoint: "memory", attempt: 0, limit: nil, retryIn: .zero)
        )
        connect()
    }

    private func connect() {
        let session = InMemorySession(broker: broker) { [weak self] in self?.wake() }
        let queues = state.withLock { state in
            state.session = session
            state.isConsuming = true
            return state.queues
        }
        broker.declare(queues.flatMap(\.steps))
        observer(.connected(endpoint: "memory"))
        observer(.consuming(queues: queues.map(\.queue.name)))
        wake()
    }

    private func deliverAll() {
        var isAnyDelivered = false
        // Each new generation of consumers begins with another queue.
        let (queues, generation) = state.withLock { ($0.queues, $0.generation) }
        let first = generation % max(1, queues.count)
        for topology in queues[first...] + queues[..<first] {
            let queue = topology.queue.name
            while let (session, generation) = readySession(topology), let stored = broker.take(from: queue) {
                let receipt = session.hold(stored, from: queue, generation: generation)
                handler.receive(stored.received(from: queue), receipt)
                isAnyDelivered = true
            }
        }
        if isAnyDelivered { handler.receivedBatch() }
    }

    /// The session, if it may take another message of the queue.
    private func readySession(_ topology: QueueTopology) -> (InMemorySession, generation: Int)? {
        if topology.isSingleActive, !broker.isFirst(self, of: topology.queue.name) { return nil }
        return state.withLock { state in
            guard let session = state.session, state.consumes(topology),
                state.queues.contains(where: { $0.queue.name == topology.queue.name })
            else { return nil }
            let prefetch = topology.isSingleActive ? 1 : Int(state.prefetch)
            let generation = topology.isSingleActive ? 0 : state.generation
            let held = session.heldCount(of: topology.queue.name, generation: generation)
            return prefetch == 0 || held < prefetch ? (session, generation) : nil
        }
    }
}

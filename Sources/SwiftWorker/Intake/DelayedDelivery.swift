import BrokerModel
import CeleryProtocol
import Threads

/// The broker's delay queues as this worker uses them (Celery reference, 2.5): declared before the first message goes
/// there, and again when the broker may have lost them.
final class DelayedDelivery: Sendable {
    private struct State {
        /// Those that delayed messages can come back to, by name.
        var queues: [String: QueueTopology] = [:]
        /// How many connections had been lost when all was declared.
        var declaredAfter: Int?
        var declaring: Task<Void, any Error>?
    }

    private let publisher: any BrokerPublisher
    private let queueType: DelayTopology.QueueType
    private let timeout: Duration
    private let losses: @Sendable () -> Int
    private let state = Lock(State())

    /// - Parameters:
    ///   - queues: those that are consumed.
    ///   - timeout: how long the broker may take to confirm a message.
    ///   - losses: how many of the publisher's connections have been lost.
    init(
        publisher: any BrokerPublisher,
        queues: [QueueTopology],
        queueType: DelayTopology.QueueType,
        timeout: Duration,
        losses: @escaping @Sendable () -> Int
    ) {
        self.publisher = publisher
        self.queueType = queueType
        self.timeout = timeout
        self.losses = losses
        for queue in queues { add(queue) }
    }

    /// Takes one more queue, which is bound before the next message is published.
    func add(_ topology: QueueTopology) {
        let queue = topology.queue
        // What goes with its consumer can't be bound by another connection, or would be gone when the message comes.
        guard !queue.isExclusive, !queue.isAutoDelete, DelayRoutingKey.queueKey(queue.name) != nil else { return }
        state.withLock { state in
            if state.queues.updateValue(topology, forKey: queue.name) == topology { return }
            state.declaredAfter = nil
            state.declaring = nil
        }
    }

    /// Whether messages of a queue can wait in the broker.
    func canDelay(_ queue: String) -> Bool { state.withLock { $0.queues[queue] != nil } }

    /// Publishes a message to the delay queues, and returns when the broker has confirmed it.
    ///
    /// - Throws: the broker's error.
    func publish(_ message: OutgoingMessage) async throws {
        try await declare()
        do {
            try await publisher.publish(message, timeout: timeout)
        } catch {
            // It may be that there is no such exchange or binding any more.
            forget()
            throw error
        }
    }

    /// Declares all of it, once: whoever comes meanwhile waits for the same declarations.
    ///
    /// - Throws: the broker's error; the next call tries again.
    func declare() async throws {
        let losses = losses()
        let declaring = state.withLock { state -> Task<Void, any Error>? in
            if state.declaredAfter == losses { return nil }
            if let declaring = state.declaring { return declaring }
            let steps = steps(Array(state.queues.values))
            let declaring = Task { try await self.publisher.declare(steps) }
            state.declaring = declaring
            return declaring
        }
        guard let declaring else { return }
        let result = await declaring.result
        state.withLock { state in
            guard state.declaring == declaring else { return }
            state.declaring = nil
            if case .success = result { state.declaredAfter = losses }
        }
        try result.get()
    }

    /// Declares again what was declared once: a queue that was deleted and is there again has lost its binding, and what
    /// is parked would come out to nowhere.
    ///
    /// - Throws: the broker's error; the next message tries again.
    func renew() async throws {
        guard state.withLock({ $0.declaredAfter != nil }) else { return }
        forget()
        try await declare()
    }

    /// Declares all of it again before the next message: another broker may answer now, or the same one without it.
    func forget() {
        state.withLock { $0.declaredAfter = nil }
    }

    /// The queues themselves come first: their consumer declares them too, perhaps a moment later.
    private func steps(_ queues: [QueueTopology]) -> [TopologyStep] {
        var steps = DelayTopology.steps(queueType: queueType)
        for queue in queues.sorted(by: { $0.queue.name < $1.queue.name }) {
            var plain = queue
            plain.companions = []
            steps += plain.steps + DelayTopology.bindings(of: queue)
        }
        return steps
    }
}

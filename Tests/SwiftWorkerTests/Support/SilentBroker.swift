import BrokerModel
import SwiftWorkerTesting
import Threads

/// A broker that answers nothing any more once it is told to be silent: no request returns before its end.
final class SilentBroker: Broker {
    let address = BrokerAddress(host: "memory", port: 0)
    private let broker: InMemoryBroker
    private enum Voice {
        case answering
        case silent([CheckedContinuation<Void, Never>])
    }

    private let voice = Lock(Voice.answering)

    init(_ broker: InMemoryBroker) { self.broker = broker }

    func fallSilent() {
        voice.withLock { $0 = .silent([]) }
        broker.holdDeliveries(true)
    }

    /// Answers all that was asked meanwhile, so that nobody waits for ever.
    func end() {
        let waiting = voice.withLock { voice -> [CheckedContinuation<Void, Never>] in
            guard case .silent(let waiting) = voice else { return [] }
            voice = .answering
            return waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    /// Returns while the broker answers.
    fileprivate func answer() async {
        await withCheckedContinuation { continuation in
            let isAnswered = voice.withLock { voice in
                guard case .silent(let waiting) = voice else { return true }
                voice = .silent(waiting + [continuation])
                return false
            }
            if isAnswered { continuation.resume() }
        }
    }

    func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        Consumer(
            broker: self,
            base: broker.makeConsumer(queues: queues, prefetch: prefetch, handler: handler, observer: observer)
        )
    }

    func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        Publisher(broker: self, base: broker.makePublisher(observer: observer))
    }

    func makeSession(
        retrying observer: (@Sendable (LinkEvent) -> Void)?
    ) async throws -> any BrokerSession {
        try await broker.makeSession(retrying: observer)
    }

    private final class Consumer: BrokerConsumer {
        let broker: SilentBroker
        let base: any BrokerConsumer

        init(broker: SilentBroker, base: any BrokerConsumer) {
            self.broker = broker
            self.base = base
        }

        func run() async throws { try await base.run() }

        func add(_ queue: QueueTopology) async throws {
            await broker.answer()
            try await base.add(queue)
        }

        func remove(queue: String) async {
            await broker.answer()
            await base.remove(queue: queue)
        }

        func stopConsuming(keepsSingleActive: Bool) async {
            await broker.answer()
            await base.stopConsuming(keepsSingleActive: keepsSingleActive)
        }

        func pause() async {
            await broker.answer()
            await base.pause()
        }

        func setPrefetch(_ count: UInt16) async {
            await broker.answer()
            await base.setPrefetch(count)
        }

        func probe() async throws -> [String] {
            await broker.answer()
            return try await base.probe()
        }

        func close() async {
            await broker.answer()
            await base.close()
        }
    }

    private final class Publisher: BrokerPublisher {
        let broker: SilentBroker
        let base: any BrokerPublisher

        init(broker: SilentBroker, base: any BrokerPublisher) {
            self.broker = broker
            self.base = base
        }

        func run() async throws { try await base.run() }

        func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
            await broker.answer()
            try await base.publish(message, timeout: timeout)
        }

        func declare(_ steps: [TopologyStep]) async throws { try await base.declare(steps) }

        func consumerCount(of queue: String) async throws -> Int? { try await base.consumerCount(of: queue) }

        func probe() async throws {
            await broker.answer()
            try await base.probe()
        }

        func close() async {
            await broker.answer()
            await base.close()
        }
    }
}

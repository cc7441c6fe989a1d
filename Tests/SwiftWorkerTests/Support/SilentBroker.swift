import BrokerModel
import SwiftWorkerTesting
import Threads

/// A broker that answers nothing any more once it is told to be silent: no request returns.
final class SilentBroker: Broker {
    private let broker: InMemoryBroker
    private let silence = Lock(false)

    init(_ broker: InMemoryBroker) { self.broker = broker }

    func fallSilent() {
        silence.withLock { $0 = true }
        broker.holdDeliveries(true)
    }

    /// Returns while the broker answers; else never.
    fileprivate func answer() async {
        if silence.withLock({ $0 }) { await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in } }
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

    func makeSession() async throws -> any BrokerSession { try await broker.makeSession() }

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

        func close() async {
            await broker.answer()
            await base.close()
        }
    }
}

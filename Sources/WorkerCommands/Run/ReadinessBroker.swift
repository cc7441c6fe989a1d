import BrokerModel
import Synchronization

/// A broker that says once when the worker consumes for the first time.
struct ReadinessBroker: Broker {
    let broker: any Broker
    let whenReady: @Sendable () -> Void

    func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        let isReady = Flag()
        return broker.makeConsumer(queues: queues, prefetch: prefetch, handler: handler) { [whenReady] event in
            observer(event)
            if case .consuming = event, isReady.set() { whenReady() }
        }
    }

    func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        broker.makePublisher(observer: observer)
    }

    func makeSession() async throws -> any BrokerSession { try await broker.makeSession() }

    private final class Flag: Sendable {
        private let value = Atomic(false)

        /// - Returns: whether this call set it.
        func set() -> Bool { !value.exchange(true, ordering: .relaxed) }
    }
}

import BrokerModel
import SwiftWorkerTesting
import Threads

/// A broker whose publishes a test sees before they are made, and can refuse one by one.
final class TappedBroker: Broker {
    let address = BrokerAddress(host: "memory", port: 0)
    struct Refused: Error, CustomStringConvertible { let description = "the broker refuses" }

    private let broker: InMemoryBroker
    private let beforeTap = Lock<@Sendable (OutgoingMessage) async throws -> Void>({ _ in })
    private let afterTap = Lock<@Sendable (OutgoingMessage) -> Void>({ _ in })

    init(_ broker: InMemoryBroker) { self.broker = broker }

    /// - Parameter tap: called before each publish, which it may keep waiting; what it throws is the broker's answer.
    func before(_ tap: @escaping @Sendable (OutgoingMessage) async throws -> Void) { beforeTap.withLock { $0 = tap } }

    /// - Parameter tap: called when the broker has a message, before its publisher hears of that.
    func after(_ tap: @escaping @Sendable (OutgoingMessage) -> Void) { afterTap.withLock { $0 = tap } }

    func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        broker.makeConsumer(queues: queues, prefetch: prefetch, handler: handler, observer: observer)
    }

    func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        Publisher(broker: self, base: broker.makePublisher(observer: observer))
    }

    func makeSession(
        retrying observer: (@Sendable (LinkEvent) -> Void)?
    ) async throws -> any BrokerSession {
        try await broker.makeSession(retrying: observer)
    }

    private final class Publisher: BrokerPublisher {
        let broker: TappedBroker
        let base: any BrokerPublisher

        init(broker: TappedBroker, base: any BrokerPublisher) {
            self.broker = broker
            self.base = base
        }

        func run() async throws { try await base.run() }

        func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
            try await broker.beforeTap.withLock { $0 }(message)
            try await base.publish(message, timeout: timeout)
            broker.afterTap.withLock { $0 }(message)
        }

        func declare(_ steps: [TopologyStep]) async throws { try await base.declare(steps) }

        func consumerCount(of queue: String) async throws -> Int? { try await base.consumerCount(of: queue) }

        func probe() async throws { try await base.probe() }

        func close() async { await base.close() }
    }
}

public import BrokerModel
import Threads

/// A broker in memory, for tests of tasks and of the worker: queues, prefetch, settlement, redelivery, single active
/// consumers, lost connections.
///
/// A message goes to the queue that its routing key names, whatever its exchange.
public final class InMemoryBroker: Broker {
    private let state = Lock(State())

    struct Stored: Sendable {
        var message: OutgoingMessage
        var isRedelivered = false
    }

    struct State {
        var queues: [String: [Stored]] = [:]
        var consumers: [InMemoryConsumer] = []
        var settlements: [Settlement: Int] = [:]
        var leaked = 0
        var isRefusing = false
        var isHoldingDeliveries = false
    }

    public init() {}

    public func makeConsumer(
        queues: [QueueTopology],
        prefetch: UInt16,
        handler: any DeliveryHandler,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) -> any BrokerConsumer {
        let consumer = InMemoryConsumer(
            broker: self,
            queues: queues,
            prefetch: prefetch,
            handler: handler,
            observer: observer
        )
        state.withLock { $0.consumers.append(consumer) }
        return consumer
    }

    public func makePublisher(observer: @escaping @Sendable (LinkEvent) -> Void) -> any BrokerPublisher {
        InMemoryPublisher(broker: self)
    }

    /// Puts a message into the queue that its routing key names.
    public func publish(_ message: OutgoingMessage) {
        state.withLock { $0.queues[message.routingKey, default: []].append(Stored(message: message)) }
        notify()
    }

    /// Takes all ready messages of a queue, as a reader without acknowledgement.
    public func drain(_ queue: String) -> [OutgoingMessage] {
        state.withLock { state in
            defer { state.queues[queue] = nil }
            return state.queues[queue, default: []].map(\.message)
        }
    }

    /// How many messages of a queue are ready.
    public func readyCount(_ queue: String) -> Int {
        state.withLock { $0.queues[queue]?.count ?? 0 }
    }

    /// How often each settlement has been sent.
    public func count(of settlement: Settlement) -> Int {
        state.withLock { $0.settlements[settlement] ?? 0 }
    }

    /// How many receipts were dropped unsettled.
    public var leakedCount: Int { state.withLock { $0.leaked } }

    /// Breaks all consuming connections: what they held is ready again, as redelivered, and they connect anew.
    public func breakConnections() {
        for consumer in state.withLock({ $0.consumers }) { consumer.breakConnection() }
    }

    /// Makes every publish fail from now on, or work again.
    public func refusePublishing(_ isRefusing: Bool) {
        state.withLock { $0.isRefusing = isRefusing }
    }

    /// Delivers nothing from now on, or delivers again.
    public func holdDeliveries(_ isHolding: Bool) {
        state.withLock { $0.isHoldingDeliveries = isHolding }
        notify()
    }

    var isRefusingPublishes: Bool { state.withLock { $0.isRefusing } }

    func take(from queue: String) -> Stored? {
        state.withLock { state in
            guard !state.isHoldingDeliveries, let first = state.queues[queue]?.first else { return nil }
            state.queues[queue]?.removeFirst()
            return first
        }
    }

    /// Puts unsettled messages back to the front, in their order.
    func putBack(_ messages: [Stored], into queue: String) {
        let redelivered = messages.map { Stored(message: $0.message, isRedelivered: true) }
        state.withLock { $0.queues[queue, default: []].insert(contentsOf: redelivered, at: 0) }
        notify()
    }

    func note(_ settlement: Settlement) {
        state.withLock { $0.settlements[settlement, default: 0] += 1 }
    }

    func noteLeak() {
        state.withLock { $0.leaked += 1 }
    }

    /// How many consumers a queue has.
    public func consumerCount(of queue: String) -> Int {
        state.withLock({ $0.consumers }).count { $0.consumes(queue) }
    }

    /// Whether a consumer is the one that a single active queue delivers to: the first that consumes it.
    func isFirst(_ consumer: InMemoryConsumer, of queue: String) -> Bool {
        state.withLock({ $0.consumers }).first { $0.consumes(queue) } === consumer
    }

    /// Lets every consumer look for messages.
    func notify() {
        for consumer in state.withLock({ $0.consumers }) { consumer.wake() }
    }
}

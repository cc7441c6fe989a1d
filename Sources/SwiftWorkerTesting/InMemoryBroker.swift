public import BrokerModel
import CeleryProtocol
import SwiftWorker
import Threads

/// A broker in memory, for tests of tasks and of the worker: queues, prefetch, settlement, redelivery, single active
/// consumers, delays, dead letters, lost connections.
///
/// A message goes to the queue that its routing key names, whatever its exchange, with two exceptions. Through Celery's
/// delay exchanges it comes when its delay is over, and through `swiftworker.dead` it goes to the dead-letter queue.
/// Nothing has to be declared.
public final class InMemoryBroker: Broker {
    public let address = BrokerAddress(host: "memory", port: 0)
    private let clock: ManualClock
    private let deadLettersRejected: Bool
    private let state = Lock(State())

    struct Stored: Sendable {
        var message: OutgoingMessage
        /// The place among all messages that were ever put into a queue.
        let place: Int
        var isRedelivered = false

        func received(from queue: String) -> IncomingMessage {
            IncomingMessage(
                exchange: message.exchange,
                routingKey: message.routingKey,
                queue: queue,
                isRedelivered: isRedelivered,
                properties: message.properties,
                body: message.body
            )
        }
    }

    /// A message that waits in the delay queues.
    public struct Delayed: Sendable {
        /// Where it goes.
        public let queue: String
        /// For how long in all.
        public let delay: Duration
        /// As it will arrive.
        public let message: OutgoingMessage
        let due: Instant
    }

    struct State {
        var queues: [String: [Stored]] = [:]
        var delayed: [Delayed] = []
        var declarations: [TopologyStep] = []
        var consumers: [InMemoryConsumer] = []
        var settlements: [Settlement: Int] = [:]
        var leaked = 0
        var isRefusing = false
        var isHoldingDeliveries = false
        private var places = 0

        mutating func append(_ message: OutgoingMessage, to queue: String) {
            queues[queue, default: []].append(Stored(message: message, place: places))
            places += 1
        }
    }

    /// - Parameters:
    ///   - clock: delays end by its time; without one only by `releaseDelayed()`.
    ///   - deadLettersRejected: rejected messages go to the queue's dead-letter queue, as with the shipped policies; else
    ///     they are gone, as without a policy.
    public init(clock: ManualClock? = nil, deadLettersRejected: Bool = false) {
        self.clock = clock ?? ManualClock()
        self.deadLettersRejected = deadLettersRejected
        clock?.onAdvance { [weak self] in self?.releaseDue() }
    }

    // MARK: Broker

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
        InMemoryPublisher(broker: self, observer: observer)
    }

    public func makeSession(
        retrying observer: (@Sendable (LinkEvent) -> Void)?
    ) async throws -> any BrokerSession {
        InMemoryToolSession(broker: self)
    }

    // MARK: For the test

    /// Publishes a message, even while publishing is refused.
    public func publish(_ message: OutgoingMessage) {
        let now = clock.now
        let route = InMemoryRoute(message, now: now)
        state.withLock { state in
            if route.delay > .zero {
                state.delayed.append(
                    Delayed(queue: route.queue, delay: route.delay, message: route.message, due: now + route.delay)
                )
            } else {
                state.append(route.message, to: route.queue)
            }
        }
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

    /// What waits in the delay queues, in the order of publishing.
    public var delayed: [Delayed] { state.withLock { $0.delayed } }

    /// Ends all delays.
    public func releaseDelayed() { releaseDelayed { _ in true } }

    /// All declarations, in their order.
    public var declarations: [TopologyStep] { state.withLock { $0.declarations } }

    /// How often each settlement has been sent.
    public func count(of settlement: Settlement) -> Int {
        state.withLock { $0.settlements[settlement] ?? 0 }
    }

    /// How many receipts were dropped unsettled.
    public var leakedCount: Int { state.withLock { $0.leaked } }

    /// How many consumers a queue has.
    public func consumerCount(of queue: String) -> Int {
        state.withLock({ $0.consumers }).count { $0.consumes(queue) }
    }

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

    // MARK: For its connections

    /// Publishes, unless the test has it refused.
    func take(_ message: OutgoingMessage) throws(InMemoryBrokerError) {
        if state.withLock({ $0.isRefusing }) { throw .refused }
        publish(message)
    }

    /// A queue is there once it was declared or has had a message.
    func status(of queue: String) -> QueueStatus? {
        let count: Int? = state.withLock { state in
            let isDeclared = state.declarations.contains { step in
                if case .queue(let declared) = step { declared.name == queue } else { false }
            }
            return state.queues[queue]?.count ?? (isDeclared ? 0 : nil)
        }
        return count.map {
            QueueStatus(name: queue, messageCount: $0, consumerCount: consumerCount(of: queue))
        }
    }

    func declare(_ steps: [TopologyStep]) {
        state.withLock { $0.declarations += steps }
    }

    func undeclare(_ step: TopologyStep) {
        state.withLock { state in state.declarations.removeAll { $0 == step } }
    }

    /// - Returns: how many messages it had.
    func delete(_ queue: String) -> Int {
        let count = drain(queue).count
        state.withLock { state in
            state.declarations.removeAll { step in
                if case .queue(let declared) = step { declared.name == queue } else { false }
            }
        }
        return count
    }

    func take(from queue: String) -> Stored? {
        state.withLock { state in
            guard !state.isHoldingDeliveries, let first = state.queues[queue]?.first else { return nil }
            state.queues[queue]?.removeFirst()
            return first
        }
    }

    /// Puts unsettled messages back to where they were, as a classic queue does.
    func putBack(_ messages: [Stored], into queue: String) {
        state.withLock { state in
            for message in messages {
                let redelivered = Stored(message: message.message, place: message.place, isRedelivered: true)
                let index = state.queues[queue, default: []].firstIndex { $0.place > message.place }
                state.queues[queue, default: []].insert(redelivered, at: index ?? state.queues[queue]?.count ?? 0)
            }
        }
        notify()
    }

    /// Does what a settlement says.
    func settle(_ stored: Stored, from queue: String, _ settlement: Settlement) {
        state.withLock { $0.settlements[settlement, default: 0] += 1 }
        switch settlement {
        case .ack: break
        case .requeue, .rejectAndRequeue: putBack([stored], into: queue)
        case .reject:
            guard deadLettersRejected, DeadLetterTopology.queueName(of: queue) != nil else { break }
            var dead = stored.message
            dead.die(in: queue, reason: "rejected", now: clock.now)
            dead.exchange = DeadLetterTopology.exchange
            dead.routingKey = queue
            publish(dead)
        }
    }

    func noteLeak() {
        state.withLock { $0.leaked += 1 }
    }

    /// Whether a consumer is the one that a single active queue delivers to: the first that consumes it.
    func isFirst(_ consumer: InMemoryConsumer, of queue: String) -> Bool {
        state.withLock({ $0.consumers }).first { $0.consumes(queue) } === consumer
    }

    /// Lets every consumer look for messages.
    func notify() {
        for consumer in state.withLock({ $0.consumers }) { consumer.wake() }
    }

    private func releaseDue() {
        let now = clock.now
        releaseDelayed { $0.due <= now }
    }

    private func releaseDelayed(where isOver: (Delayed) -> Bool) {
        let isAnyReleased = state.withLock { state in
            let over = state.delayed.filter(isOver).sorted { $0.due < $1.due }
            state.delayed.removeAll(where: isOver)
            for delayed in over { state.append(delayed.message, to: delayed.queue) }
            return !over.isEmpty
        }
        if isAnyReleased { notify() }
    }
}

import BrokerModel
import Logging
import Synchronization
import Threads

/// A consuming link to RabbitMQ that heals itself.
///
/// One loop, `run()`, makes all changes to the channel, so that healing, a new prefetch, pausing and stopping never
/// interleave; other tasks and the connection's thread note what is wanted and send it signals.
final class RabbitMQConsumer: BrokerConsumer {
    enum Signal: Sendable {
        case ended(AMQPError)
        case consumerCancelled(tag: String, queue: String)
        case check
        /// Other consumers are wanted than before.
        case follow(CheckedContinuation<Void, Never>)
    }

    private struct State {
        var wanted: WantedConsumers
        /// Why queues that were added are forgotten, for those who added them.
        var refusals: [String: AMQPError] = [:]
        var isClosed = false
        /// `.consuming` is still to be told of the connection at hand.
        var isConsumingNews = false
        var loop: Task<Void, any Error>?
        var signals: AsyncStream<Signal>.Continuation?
        var connection: AMQPConnection?
        /// The consumers' channel, and the queues that have a consumer on it.
        var serving: (channel: AMQPChannel, queues: Set<String>)?

        /// The queues that should have a consumer and have none.
        var missingQueues: [String] {
            wanted.queues.filter { wanted.wants($0) }.map(\.queue.name).filter { serving?.queues.contains($0) != true }
        }

        var isOver: Bool { isClosed || wanted.stop == .all }
    }

    private let configuration: ConnectionConfiguration
    private let handler: any DeliveryHandler
    private let observer: @Sendable (LinkEvent) -> Void
    private let logger: Logger
    private let state: Lock<State>
    private let tagCounter = Atomic<Int>(0)

    /// How long the queues may take at the end to answer behind all settlements.
    private static let settlingLimit: Duration = .seconds(4)
    /// How often every queue is checked for its consumer.
    private static let checkInterval: Duration = .seconds(5)

    init(
        _ configuration: ConnectionConfiguration,
        _ queues: [QueueTopology],
        _ prefetch: UInt16,
        _ handler: any DeliveryHandler,
        _ observer: @escaping @Sendable (LinkEvent) -> Void,
        _ logger: Logger
    ) {
        self.configuration = configuration
        self.handler = handler
        self.observer = observer
        self.logger = logger
        state = Lock(State(wanted: WantedConsumers(queues: queues, prefetch: prefetch)))
    }

    // MARK: BrokerConsumer

    func run() async throws {
        let loop = state.withLock { state -> Task<Void, any Error>? in
            if state.isClosed { return nil }
            let loop = state.loop ?? Task { try await self.keepConsuming() }
            state.loop = loop
            return loop
        }
        guard let loop else { return }
        try await withTaskCancellationHandler {
            try await loop.value
        } onCancel: {
            loop.cancel()
        }
    }

    func add(_ queue: QueueTopology) async throws {
        let name = queue.queue.name
        state.withLock { $0.refusals[name] = nil }
        await want { $0.add(queue) }
        if let refusal = state.withLock({ $0.refusals.removeValue(forKey: name) }) { throw refusal }
    }

    func remove(queue: String) async {
        await want { $0.remove(queue) }
    }

    func stopConsuming(keepsSingleActive: Bool) async {
        await want { $0.stop(keepsSingleActive: keepsSingleActive) }
    }

    func pause() async {
        await want { $0.isPaused = true }
    }

    func setPrefetch(_ count: UInt16) async {
        await want { $0.setPrefetch(count) }
    }

    func probe() async throws -> [String] {
        guard let channel = state.withLock({ $0.serving?.channel }) else {
            throw AMQPError(.connectionLost, "there is no connection")
        }
        try await channel.ping()
        return state.withLock { $0.missingQueues }
    }

    func close() async {
        let (connection, loop, channel, queues) = state.withLock { state in
            state.isClosed = true
            let queues = state.wanted.queues.filter(\.mayForgetSettlements).map(\.queue.name)
            return (state.connection, state.loop, state.serving?.channel, queues)
        }
        // A queue that does not answer, having no leader, keeps nobody. A broker that does not, `rpcTimeout`.
        let deadline = Task {
            try await Task.sleep(for: RabbitMQConsumer.settlingLimit)
            await connection?.close()
        }
        await channel?.finishSettlements(of: queues)
        deadline.cancel()
        await connection?.close()
        loop?.cancel()
        _ = await loop?.result
    }

    /// Notes what is wanted and waits until the loop has done it; without a connection the next one begins with it.
    private func want(_ change: (inout sending WantedConsumers) -> Void) async {
        await withCheckedContinuation { continuation in
            let signals = state.withLock { state in
                change(&state.wanted)
                return state.signals
            }
            guard let signals else {
                continuation.resume()
                return
            }
            if case .terminated = signals.yield(.follow(continuation)) { continuation.resume() }
        }
    }

    // MARK: The loop

    private func keepConsuming() async throws {
        var dialer = Dialer(configuration, observer)
        defer { state.withLock { $0.connection = nil } }
        while !state.withLock({ $0.isOver }) {
            let (signals, sender) = AsyncStream.makeStream(of: Signal.self)
            let failure: AMQPError
            do throws(AMQPError) {
                let connection = try await dialer.connect { event in
                    if case .ended(let error) = event { sender.yield(.ended(error)) }
                }
                failure = await serve(connection, &dialer, signals, sender)
                await connection.close()
            } catch {
                if state.withLock({ $0.isClosed }) || Task.isCancelled { return }
                throw error
            }
            if state.withLock({ $0.isOver }) || Task.isCancelled { return }
            if let reply = failure.reply { observer(.closedByBroker(code: reply.code, text: reply.text)) }
            do throws(AMQPError) {
                try await dialer.pause(after: failure)
            } catch {
                if state.withLock({ $0.isClosed }) || Task.isCancelled { return }
                throw error
            }
        }
    }

    /// Consumes on one connection.
    ///
    /// - Returns: why it ended.
    private func serve(
        _ connection: AMQPConnection,
        _ dialer: inout Dialer,
        _ signals: AsyncStream<Signal>,
        _ sender: AsyncStream<Signal>.Continuation
    ) async -> AMQPError {
        let isWanted = state.withLock { state in
            state.connection = connection
            return !state.isClosed
        }
        guard isWanted else { return AMQPError(.closed, "closed") }
        var failure = AMQPError(.closed, "closed")
        do throws(AMQPError) {
            let channel = try await openChannel(connection, sender)
            state.withLock { $0.serving = (channel, []) }
            var consumers = QueueConsumers(connection: connection, channel: channel, counter: { self.nextTag() })
            try await withoutRefused { wanted throws(QueueConsumers.Failure) in
                try await consumers.declare(wanted.queues)
            }
            try await follow(&consumers)
            dialer.working()
            state.withLock { state in
                state.signals = sender
                state.isConsumingNews = true
            }
            // What was wanted before there was somebody to be told.
            try await follow(&consumers)
            tellConsuming()
            failure = try await obey(signals, sender, &consumers)
        } catch {
            failure = error
        }
        state.withLock { state in
            state.signals = nil
            state.connection = nil
            state.serving = nil
        }
        // Nobody may wait for a signal that no one reads any more.
        sender.finish()
        for await signal in signals {
            switch signal {
            case .follow(let continuation): continuation.resume()
            default: break
            }
        }
        return failure
    }

    private func openChannel(
        _ connection: AMQPConnection,
        _ sender: AsyncStream<Signal>.Continuation
    ) async throws(AMQPError) -> AMQPChannel {
        let observer = self.observer
        return try await connection.openChannel(handler) { event in
            switch event {
            case .closed(let error): sender.yield(.ended(error))
            case .consumerCancelled(let tag, let queue): sender.yield(.consumerCancelled(tag: tag, queue: queue))
            case .refusedDelivery(let queue, let reason): observer(.refusedDelivery(queue: queue, reason: reason))
            case .leakedDelivery: observer(.leakedDelivery)
            case .unfinished(let jobs, let error): for job in jobs { job.fail(error) }
            }
        }
    }

    /// Does what the signals say until the channel or connection ends.
    private func obey(
        _ signals: AsyncStream<Signal>,
        _ sender: AsyncStream<Signal>.Continuation,
        _ consumers: inout QueueConsumers
    ) async throws(AMQPError) -> AMQPError {
        let ticker = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: RabbitMQConsumer.checkInterval)
                sender.yield(.check)
            }
        }
        defer { ticker.cancel() }
        for await signal in signals {
            let wanted = state.withLock { $0.wanted }
            switch signal {
            case .ended(let error): return error
            case .consumerCancelled(let tag, let queue):
                state.withLock { _ = $0.serving?.queues.remove(queue) }
                if wanted.stop == .none { observer(.consumerCancelled(queue: queue)) }
                if try await heal(queue, lostTag: tag, &consumers) {
                    observer(.consuming(queues: wanted.queueNames))
                }
            case .check:
                for queue in try await consumers.missingQueues(wanted) {
                    state.withLock { _ = $0.serving?.queues.remove(queue) }
                    logger.warning("queue \(queue) had no consumer; consuming again")
                    if try await heal(queue, lostTag: nil, &consumers) {
                        observer(.consuming(queues: wanted.queueNames))
                    }
                }
            case .follow(let continuation):
                defer { continuation.resume() }
                try await follow(&consumers)
                tellConsuming()
            }
        }
        return AMQPError(.closed, "cancelled")
    }

    private func follow(_ consumers: inout QueueConsumers) async throws(AMQPError) {
        try await withoutRefused { wanted throws(QueueConsumers.Failure) in
            try await consumers.follow(wanted)
        }
        state.withLock { state in
            state.wanted.proved(consumers.liveQueues)
            state.serving?.queues = Set(consumers.liveQueues)
        }
    }

    /// Does what is wanted, and once more without each queue on trial that the broker refuses.
    ///
    /// - Throws: any other failure; and a recoverable one when the refusal has ended the channel.
    private func withoutRefused(
        _ body: (WantedConsumers) async throws(QueueConsumers.Failure) -> Void
    ) async throws(AMQPError) {
        while true {
            let failure: QueueConsumers.Failure
            do throws(QueueConsumers.Failure) {
                return try await body(state.withLock { $0.wanted })
            } catch {
                failure = error
            }
            guard failure.isRefusal, let queue = failure.queue, forget(queue, failure.error) else {
                throw failure.error
            }
            observer(.refusedQueue(queue: queue, reason: failure.error.description))
            if !failure.isHarmless {
                throw AMQPError(.connectionLost, "queue '\(queue)' was refused", underlying: failure.error)
            }
        }
    }

    /// - Returns: whether the queue was on trial, and is forgotten.
    private func forget(_ queue: String, _ error: AMQPError) -> Bool {
        state.withLock { state in
            guard state.wanted.refuse(queue) else { return false }
            state.refusals[queue] = error
            return true
        }
    }

    private func heal(
        _ queue: String,
        lostTag: String?,
        _ consumers: inout QueueConsumers
    ) async throws(AMQPError) -> Bool {
        do {
            let isHealed = try await consumers.heal(queue: queue, lostTag: lostTag, state.withLock { $0.wanted })
            state.withLock { $0.serving?.queues = Set(consumers.liveQueues) }
            return isHealed
        } catch {
            throw error.error
        }
    }

    /// Tells once per connection that every queue has its consumer, as soon as that is so.
    private func tellConsuming() {
        let queues = state.withLock { state -> [String]? in
            guard state.isConsumingNews, !state.wanted.isPaused, state.wanted.stop == .none else { return nil }
            state.isConsumingNews = false
            return state.wanted.queueNames
        }
        if let queues { observer(.consuming(queues: queues)) }
    }

    private func nextTag() -> String {
        "swiftworker-\(tagCounter.add(1, ordering: .relaxed).newValue)"
    }
}

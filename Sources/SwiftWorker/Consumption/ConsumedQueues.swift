import BrokerModel
import Logging
import Threads

/// Keeps the worker's consumers those of the queues that are to be consumed: the configured ones, those added and cancelled
/// by remote control, without those that are paused.
final class ConsumedQueues: Sendable {
    private let board: ControlBoard
    private let logger: Logger
    private let selection: Lock<QueueSelection>
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(_ queues: [QueueTopology], board: ControlBoard, logger: Logger) {
        self.board = board
        self.logger = logger
        selection = Lock(QueueSelection(queues))
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The queues to begin with.
    func begin() -> [QueueTopology] { selection.withLock { $0.begin(isPaused: board.isPaused) } }

    /// Those that have a consumer, or are about to.
    var consumed: [QueueTopology] {
        selection.withLock { selection in selection.selected.filter { selection.consumed.contains($0.queue.name) } }
    }

    /// Has a queue consumed, too, soon.
    func add(_ queue: QueueTopology) {
        guard selection.withLock({ $0.add(queue) }) else { return }
        signal.yield()
    }

    /// Has a queue consumed no more, soon.
    func cancel(_ queue: String) {
        logger.info("Canceling queue \(queue)")
        selection.withLock { $0.cancel(queue) }
        signal.yield()
    }

    /// Takes note that pauses have changed.
    func pausesChanged() { signal.yield() }

    /// Keeps a consumer as it has to be, until the calling task is cancelled.
    func keep(_ consumer: any BrokerConsumer, _ corridor: Corridor) async {
        // What changed since `begin()`.
        signal.yield()
        for await _ in signals {
            let change = selection.withLock { $0.follow(isPaused: board.isPaused) }
            for removal in change.remove { await remove(removal, consumer, corridor) }
            for queue in change.add { await add(queue, consumer, corridor) }
        }
    }

    private func add(_ queue: QueueTopology, _ consumer: any BrokerConsumer, _ corridor: Corridor) async {
        let name = queue.queue.name
        do {
            try await consumer.add(queue)
            // Only now: a queue that the broker refuses must not keep the others' messages from being parked.
            corridor.delays.add(queue)
            logger.info("Started consuming from \(name)")
        } catch {
            logger.error("The queue '\(name)' can't be consumed: \(error)")
            refused(name)
        }
    }

    /// The broker refused a queue, now or when it came back: it is forgotten, and may be added again.
    func refused(_ queue: String) {
        selection.withLock { $0.forget(queue) }
    }

    private func remove(_ removal: QueueSelection.Removal, _ consumer: any BrokerConsumer, _ corridor: Corridor) async {
        let queue = removal.queue
        if removal.isPause {
            // While it is consumed, what goes back would come straight again.
            corridor.returns.hold(queue)
            for request in corridor.withdraw(where: { $0.envelope.message.queue == queue }) {
                corridor.returns.add(request)
            }
            logger.warning("The queue '\(queue)' is paused")
        }
        if removal.isSingleActive { await corridor.settled(queue) }
        await consumer.remove(queue: queue)
        if removal.isPause { corridor.returns.release(queue) }
    }
}

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
    func begin() -> [QueueTopology] { selection.withLock { $0.begin(isClosed: board.isClosed) } }

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
        await withDiscardingTaskGroup { leaving in
            for await _ in signals {
                let change = selection.withLock { $0.follow(isClosed: board.isClosed) }
                // All at once: what went back of a queue that is still consumed would come straight again.
                for removal in change.remove where removal.returnsUnstarted { close(removal, corridor) }
                for removal in change.remove {
                    if removal.isSingleActive {
                        // Its task may run for hours, which must not keep the other queues.
                        leaving.addTask { await self.leave(removal, consumer, corridor) }
                    } else {
                        await remove(removal, consumer, corridor)
                    }
                }
                for queue in change.add { await add(queue, consumer, corridor) }
            }
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

    /// Keeps what comes of a queue until its consumer is gone, together with what has not started.
    private func close(_ removal: QueueSelection.Removal, _ corridor: Corridor) {
        let queue = removal.queue
        corridor.returns.hold(queue)
        if removal.isSingleActive { board.setLeaving(true, queue: queue) }
        for request in corridor.withdraw(where: { $0.envelope.message.queue == queue }) {
            corridor.returns.add(request)
        }
        if removal.isPause { logger.warning("The queue '\(queue)' is paused") }
    }

    /// Gives up a queue when nothing of it runs here any more: the broker lets the next worker begin then.
    private func leave(_ removal: QueueSelection.Removal, _ consumer: any BrokerConsumer, _ corridor: Corridor) async {
        await corridor.settled(removal.queue)
        // In a shutdown its consumer stays until the connection closes.
        if Task.isCancelled { return }
        await remove(removal, consumer, corridor)
        board.setLeaving(false, queue: removal.queue)
        // It may be wanted again.
        signal.yield()
    }

    private func remove(_ removal: QueueSelection.Removal, _ consumer: any BrokerConsumer, _ corridor: Corridor) async {
        await consumer.remove(queue: removal.queue)
        if removal.returnsUnstarted { corridor.returns.release(removal.queue) }
    }
}

import BrokerModel
import Logging

/// What happens to the corridor as a whole.
extension Corridor {
    /// How long cancelled bodies may take to end; what then still runs is given up.
    static let cancellationGrace: Duration = .seconds(2)

    /// The connection that delivered is gone. What has not started is dropped: the broker delivers it again. So it will
    /// what runs with late acknowledgement; that is taken over when it comes, or cancelled, or runs twice, as set.
    func connectionLost() {
        let unstarted = admission.connectionLost(held: waitingRoom.removeAll()) + returns.removeAll()
        for request in unstarted { completion.giveBack(request) }
        redeliveries?.connectionLost { pool.running.map(\.request) }
        let isStranded = { @Sendable (request: Request) in request.policy.acksLate && request.isUnsettled }
        let count = pool.running.count { isStranded($0.request) }
        if count == 0 { return }
        if settings.workerCancelLongRunningTasksOnConnectionLoss {
            logger.warning("Cancelling \(count) running tasks with late acknowledgement: their connection is lost")
            pool.cancelRunning(.connectionLost, grace: Self.cancellationGrace, where: isStranded)
        } else if redeliveries == nil {
            logger.warning(
                """
                \(count) tasks with late acknowledgement go on although their connection is lost. The broker delivers \
                them again, so they may run twice: swiftworker_adopt_redelivered lets them take their redelivered \
                messages over, worker_cancel_long_running_tasks_on_connection_loss cancels them
                """
            )
        }
    }

    /// Takes nothing more into the pool, and keeps what has not started until its queue is no longer consumed.
    func close() {
        returns.holdAll()
        for request in admission.close() + waitingRoom.close() { returns.add(request) }
    }

    /// Cancels the running bodies, and completes as cancelled those that do not end in time.
    func cancelRunning() async {
        pool.cancelRunning(.shutdown, grace: Self.cancellationGrace, where: { _ in true })
        if await within(Self.cancellationGrace, pool.finish) { return }
        for request in pool.abandon() { completion.complete(request, .cancelled(.shutdown)) }
    }
}

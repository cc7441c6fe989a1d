import BrokerModel
import Logging

/// What happens to the corridor as a whole.
extension Corridor {
    /// How long cancelled bodies may take to end; what then still runs is given up.
    static let cancellationGrace: Duration = .seconds(2)

    /// The connection that delivered is gone. What has not started is dropped: the broker delivers it again. So it will
    /// what runs with late acknowledgement; that is taken over when it comes, or cancelled, or runs twice, as set.
    func connectionLost() {
        let held = waitingRoom.removeAll() + rates.removeAll()
        let unstarted = admission.connectionLost(held: held) + returns.removeAll()
        for request in unstarted { completion.giveBack(request) }
        parking.connectionLost()
        redeliveries?.connectionLost { pool.running.map(\.request) + parking.underWay }
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

    /// Declares the delay queues at the start where producers expect it: as in Celery, with a quorum queue among the queues
    /// (reference, 2.5). Else they are declared before this worker parks its first message.
    func declareDelays() async {
        guard settings.workerDetectQuorumQueues, hasQuorumQueues else { return }
        for attempt in 1...3 {
            do {
                try await delays.declare()
                return logger.info("The delay queues are declared")
            } catch {
                if Task.isCancelled { return }
                let isLast = attempt == 3
                logger.log(
                    level: isLast ? .critical : .warning,
                    "The delay queues can't be declared\(isLast ? ": producers can't use them" : ""): \(error)"
                )
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }

    /// Binds the queues to the delay queues again, whose consumers were lost: they may have been deleted meanwhile.
    func renewDelays() async {
        do {
            try await delays.renew()
        } catch {
            logger.warning(
                "The delay queues can't be declared again, which is tried with the next message for them: \(error)"
            )
        }
    }

    /// Takes nothing more into the pool, and keeps what has not started until its queue is no longer consumed.
    func close() {
        returns.holdAll()
        for request in waitingRoom.close() + rates.close() + admission.close() { returns.add(request) }
    }

    /// Cancels the running bodies, and completes as cancelled those that do not end in time.
    func cancelRunning() async {
        pool.cancelRunning(.shutdown, grace: Self.cancellationGrace, where: { _ in true })
        if await within(Self.cancellationGrace, pool.finish) { return }
        for request in pool.abandon() { completion.complete(request, .cancelled(.shutdown)) }
    }
}

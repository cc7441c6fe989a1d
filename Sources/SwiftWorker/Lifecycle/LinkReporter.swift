import BrokerModel
import Logging

/// Tells the log and the counters what happens to the connections; the lines that monitors search for are Celery's
/// (reference, 10.2).
struct LinkReporter: Sendable {
    let logger: Logger
    let counters: WorkerCounters
    let monitor: HealthMonitor
    let consumer = LinkStatus()
    let publisher = LinkStatus()
    let control = LinkStatus()
    let events = LinkStatus()

    @Sendable func consumerEvent(_ event: LinkEvent) {
        consumer.note(event)
        monitor.take(event, of: .consumer)
        if case .connected(let endpoint) = event { logger.info("Connected to \(endpoint)") }
        report(event, as: "consumer")
    }

    @Sendable func controlEvent(_ event: LinkEvent) {
        control.note(event)
        monitor.take(event, of: .control)
        report(event, as: "control")
    }

    @Sendable func eventsEvent(_ event: LinkEvent) {
        events.note(event)
        monitor.take(event, of: .events)
        report(event, as: "events")
    }

    @Sendable func publisherEvent(_ event: LinkEvent) {
        publisher.note(event)
        monitor.take(event, of: .publisher)
        report(event, as: "publisher")
    }

    @Sendable func purgeEvent(_ event: LinkEvent) { report(event, as: "purge") }

    private func report(_ event: LinkEvent, as name: String) {
        switch event {
        case .connected, .consuming: break
        case .disconnected(let reason, let endpoint, let attempt, let limit, let retryIn):
            if attempt == 0 {
                logger.warning(
                    "\(name): Connection to broker lost. Trying to re-establish the connection...\n\(reason)"
                )
            } else {
                let attempts = limit.map { " (\(attempt)/\($0))" } ?? ""
                logger.error(
                    """
                    \(name): Cannot connect to \(endpoint): \(reason).
                    Trying again in \(retryIn.numberText(decimals: 2)) seconds...\(attempts)
                    """
                )
            }
        case .closedByBroker(let code, let text): logger.error("\(name): The broker closed: \(code) \(text)")
        case .refusedQueue(let queue, let reason):
            logger.error("\(name): The broker refused the queue '\(queue)', which is not consumed: \(reason)")
        case .consumerCancelled(let queue):
            logger.warning("\(name): The broker cancelled the consumer of '\(queue)'; consuming again")
        case .blocked(let reason): logger.warning("\(name): The broker blocks publishing: \(reason)")
        case .unblocked: logger.info("\(name): The broker takes messages again")
        case .leakedDelivery:
            counters.leaked.increment()
            logger.critical("\(name): A delivery was dropped unsettled and requeued; this is a defect of the worker")
        case .refusedDelivery(let queue, let reason):
            counters.received.increment()
            counters.refused.increment()
            logger.error("\(name): A message of '\(queue)' was refused unread: \(reason)")
        case .refusedPublish(let reason): logger.error("\(name): A message was not taken by the broker: \(reason)")
        }
    }
}

import BrokerModel
import CeleryProtocol
import Logging
import Platform

/// Events, put together: what takes them, and what publishes them.
struct WorkerEvents: Sendable {
    let dispatcher: EventDispatcher
    private let link: EventLink
    private let configuration: WorkerConfiguration
    private let counters: WorkerCounters

    /// `nil` when nobody wants any, as in Celery: without events of tasks, heartbeats and gossip.
    init?(
        _ configuration: WorkerConfiguration,
        logical: LogicalClock,
        counters: WorkerCounters,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) {
        let settings = configuration.settings
        guard settings.workerSendTaskEvents || settings.eventHeartbeat != nil || settings.gossips else { return nil }
        self.configuration = configuration
        self.counters = counters
        let dispatcher = EventDispatcher(
            limit: settings.eventBuffer,
            sendsTaskEvents: settings.workerSendTaskEvents,
            logical: logical,
            clock: configuration.clock,
            counters: counters
        )
        self.dispatcher = dispatcher
        link = EventLink(broker: configuration.broker, logger: configuration.logger, observer: observer)
    }

    func service(_ corridor: Corridor) -> EventService {
        let settings = configuration.settings
        let frequency = (settings.eventHeartbeat ?? .seconds(2)) / .seconds(1)
        return EventService(
            dispatcher: dispatcher,
            link: link,
            messages: EventMessage(
                from: EventSender(
                    node: configuration.nodeName,
                    processID: configuration.processID,
                    version: configuration.version
                ),
                exchange: settings.eventExchange
            ),
            pulse: { [counters] in
                WorkerEvent.Pulse(
                    frequency: frequency,
                    active: corridor.pool.running.count,
                    processed: counters.started.value,
                    loadAverage: ResourceUsage.loadAverage
                )
            },
            heartbeat: settings.eventHeartbeat,
            counters: counters,
            logger: configuration.logger
        )
    }
}

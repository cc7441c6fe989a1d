import BrokerModel
import CeleryProtocol
import Logging
import Platform

/// Events, put together: what takes them, and what publishes them. Every worker has them: what a task says by itself is
/// sent whatever the settings say, as in Celery.
struct WorkerEvents: Sendable {
    let dispatcher: EventDispatcher
    let link: EventLink
    private let configuration: WorkerConfiguration
    private let counters: WorkerCounters

    init(
        _ configuration: WorkerConfiguration,
        logical: LogicalClock,
        counters: WorkerCounters,
        observer: @escaping @Sendable (LinkEvent) -> Void
    ) {
        let settings = configuration.settings
        self.configuration = configuration
        self.counters = counters
        dispatcher = EventDispatcher(
            limit: settings.eventBuffer,
            sendsTaskEvents: settings.workerSendTaskEvents,
            logical: logical,
            clock: configuration.clock,
            counters: counters,
            logger: configuration.logger
        )
        link = EventLink(broker: configuration.broker, logger: configuration.logger, observer: observer)
    }

    /// What commands turn on and off, and elections use; `nil`, as in Celery, for a worker that is to send neither
    /// events of tasks nor heartbeats and takes no part in gossip.
    var controlled: EventDispatcher? {
        let settings = configuration.settings
        let isWanted = settings.workerSendTaskEvents || settings.eventHeartbeat != nil || settings.gossips
        return isWanted ? dispatcher : nil
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

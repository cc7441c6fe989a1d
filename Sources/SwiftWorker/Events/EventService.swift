import BrokerModel
import CeleryProtocol
import Logging
import ServiceLifecycle

/// The part of the worker's life that publishes events, and keeps the connection by which replies to commands go, too.
/// It ends when all tasks have been told of.
struct EventService: Service {
    let dispatcher: EventDispatcher
    let link: EventLink
    let messages: EventMessage
    let pulse: @Sendable () -> WorkerEvent.Pulse
    /// Seconds between heartbeats; `nil` is none.
    let heartbeat: Duration?
    let counters: WorkerCounters
    /// How long the last events may take, and then the connection's closing.
    static let lastMoment: Duration = .seconds(1)
    let logger: Logger

    func run() async throws {
        let connection = Task { await link.run() }
        let publishing = Task { await publish() }
        let beating = heartbeat.map { interval in Task { await beat(every: interval) } }
        try? await gracefulShutdown()
        beating?.cancel()
        if beating != nil { dispatcher.send(.offline(pulse())) }
        dispatcher.close()
        // Nobody waits for events, and a worker does not for a broker that is away.
        if link.status.isConnected { _ = await within(Self.lastMoment) { await publishing.value } }
        publishing.cancel()
        dispatcher.dropAll()
        let isClosed = await within(Self.lastMoment) {
            await link.close()
            await connection.value
        }
        if !isClosed {
            connection.cancel()
            logger.warning("events: The connection could not be closed in time; going on without")
        }
    }

    private func publish() async {
        while let letter = await dispatcher.next() {
            let message =
                switch letter {
                case .worker(let event, let stamp): messages.message(event, stamp)
                case .single(let entry): messages.message(entry)
                case .tasks(let entries): messages.message(entries)
                }
            if await link.publish(message) {
                counters.eventsSent.increment(by: letter.count)
            } else {
                counters.eventsDropped.increment(by: letter.count)
            }
        }
    }

    /// The first one says that the worker is there; who comes later learns it from the heartbeats.
    private func beat(every interval: Duration) async {
        dispatcher.send(.online(pulse()))
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            if !Task.isCancelled { dispatcher.send(.heartbeat(pulse())) }
        }
    }
}

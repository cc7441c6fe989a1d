import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import Logging
import Threads

/// This worker's part in elections (Celery reference, 8.2). It listens to what is about elections only: heartbeats of the
/// others, of which there are many, are not consumed.
final class Gossip: Sendable {
    private let name: String
    private let origin: String
    private let settings: Settings
    private let dispatcher: EventDispatcher
    private let logical: LogicalClock
    private let publisher: any BrokerPublisher
    private let clock: WorkerClock
    private let logger: Logger
    private let client = UUID().uuidString.lowercased()
    private let elections = Lock(Elections())
    private let wakeups: Wakeups

    init(
        _ configuration: WorkerConfiguration,
        dispatcher: EventDispatcher,
        logical: LogicalClock,
        publisher: any BrokerPublisher
    ) {
        name = "\(configuration.nodeName).\(configuration.processID)"
        origin = configuration.nodeName
        settings = configuration.settings
        clock = configuration.clock
        logger = configuration.logger
        self.dispatcher = dispatcher
        self.logical = logical
        self.publisher = publisher
        wakeups = Wakeups(clock: configuration.clock)
    }

    /// Where the events come that it listens to.
    var queue: QueueTopology { settings.eventQueue(of: client, routingKeys: ["worker.elect", "worker.elect.ack"]) }

    /// Takes part in an election, as the command `election` asks.
    func begin(_ id: String, topic: String, action: JSONValue) {
        elections.withLock { $0.begin(id, at: clock.monotonic()) }
        dispatcher.send(.elect(id: id, topic: topic, action: action))
        wakeSoon()
    }

    /// Takes an event.
    func receive(_ message: IncomingMessage) {
        let event: ElectionEvent
        do {
            event = try ElectionEvent(message)
        } catch {
            return logger.warning("gossip: An event can't be understood: \(error.message)")
        }
        logical.adjust(to: event.clock)
        let now = clock.monotonic()
        switch event.kind {
        case .acknowledgement: elections.withLock { $0.acknowledged(event.id, at: now) }
        case .candidate(let name, let topic, let action):
            let candidate = Elections.Candidate(clock: event.clock, name: name, topic: topic, action: action)
            elections.withLock { $0.add(candidate, to: event.id, at: now) }
            dispatcher.send(.electAck(id: event.id))
        }
        wakeSoon()
    }

    /// Ends elections when it is time, until the calling task is cancelled.
    func run() async {
        for await _ in wakeups.signals {
            let now = clock.monotonic()
            let (results, next) = elections.withLock { ($0.finish(at: now), $0.next) }
            if let next { wakeups.wake(at: next) }
            for result in results { await follow(result) }
        }
    }

    private func wakeSoon() {
        if let next = elections.withLock({ $0.next }) { wakeups.wake(at: next) }
    }

    private func follow(_ result: Elections.Result) async {
        guard result.winner.name == name else {
            return logger.info("node \(result.winner.name) elected for '\(result.id)'")
        }
        logger.info("I won the election '\(result.id)'")
        guard result.winner.topic == "task" else {
            return logger.error("Unknown election topic '\(result.winner.topic)'")
        }
        do {
            try await publish(ElectedCall(result.winner.action))
        } catch {
            logger.error("Could not call task: \(error)")
        }
    }

    private func publish(_ call: ElectedCall) async throws {
        if !call.ignored.isEmpty {
            logger.warning("'\(call.task)' is called without its options \(call.ignored.joined(separator: ", "))")
        }
        let message = try call.message(settings, origin: origin, now: clock.wall())
        try await publisher.publish(message, timeout: settings.publishTimeout)
    }
}

import AMQP
import BrokerModel
import CeleryProtocol
import FoundationEssentials
import SwiftWorker

/// Asks workers and broker how things are: over remote control and by passive declarations, so that neither events nor the
/// management plugin are needed.
actor TopProbe {
    /// How long a worker may take that has not answered yet.
    static let patience: Duration = .seconds(1)

    private let broker: any Broker
    private let settings: Settings
    private let mailbox: ControlMailbox
    private let client = UUID().uuidString.lowercased()
    private var session: (any BrokerSession)?
    /// The workers of the last time: once they have all answered there is nothing to wait for.
    private var known: Set<String> = []

    /// - Throws: `WorkerError` for settings of the mailbox that contradict each other.
    init(_ broker: any Broker, _ settings: Settings) throws(WorkerError) {
        self.broker = broker
        self.settings = settings
        mailbox = try ControlMailbox(settings)
    }

    /// How things are now. A connection that broke is made anew the next time.
    ///
    /// - Throws: the broker's error.
    func snapshot() async throws -> TopSnapshot {
        let session = try await connected()
        do {
            let replies = try await ask(session)
            known = replies.nodes
            var snapshot = replies.snapshot(
                at: Self.now,
                configured: settings.configuredQueueNames
            )
            for index in snapshot.queues.indices { try await count(&snapshot.queues[index], session) }
            // A default queue that nobody named, made or consumes is none.
            if settings.taskQueues.isEmpty {
                let consumed = Set(snapshot.workers.flatMap(\.queues))
                snapshot.queues.removeAll { $0.ready == nil && !consumed.contains($0.name) }
            }
            return snapshot
        } catch {
            await close()
            throw error
        }
    }

    func close() async {
        let session = session
        self.session = nil
        await session?.close()
    }

    private func connected() async throws -> any BrokerSession {
        if let session { return session }
        let made = try await broker.makeSession()
        session = made
        return made
    }

    private func ask(_ session: any BrokerSession) async throws -> TopReplies {
        let queue = mailbox.replyQueue(of: client)
        // Again each time: an interval may be longer than an unused reply queue lives.
        try await session.declare([.exchange(mailbox.requestExchange)] + queue.steps)
        var methods: [String: String] = [:]
        for question in TopReplies.questions {
            var request = question
            let ticket = UUID().uuidString.lowercased()
            methods[ticket] = request.method
            request.ticket = ticket
            request.replyTo = .init(exchange: mailbox.replyExchange.name, routingKey: client)
            let expires = WorkerClock.system.wall() + Self.patience
            try await session.publish(
                request.message(in: mailbox, clock: 1, expires: expires),
                timeout: ControlClient.publishTimeout
            )
        }
        var replies = TopReplies()
        var end = ContinuousClock.now + Self.patience
        while .now < end, known.isEmpty || !known.isSubset(of: replies.nodes) || replies.complete < known.count {
            guard let received = try await session.get(queue.queue.name) else {
                try await Task.sleep(for: ControlClient.pollInterval)
                continue
            }
            let message = received.message
            received.settle(.ack)
            // One of the last time, which came late, has another ticket.
            guard let ticket = message.properties.headers?["ticket"]?.string, let method = methods[ticket] else {
                continue
            }
            for reply in (try? ControlReply.read(message, ticket: ticket)) ?? [] { replies.take(reply, to: method) }
            end = .now + Self.patience
        }
        return replies
    }

    private func count(_ queue: inout TopSnapshot.Queue, _ session: any BrokerSession) async throws {
        let status = try await status(of: queue.name, session)
        queue.ready = status?.messageCount
        queue.consumers = status?.consumerCount
        guard let name = DeadLetterTopology.queueName(of: queue.name) else { return }
        queue.dead = try await self.status(of: name, session)?.messageCount
    }

    /// A queue that the broker does not let this user look at is none, for a glance.
    private func status(of queue: String, _ session: any BrokerSession) async throws -> QueueStatus? {
        do {
            return try await session.status(of: queue)
        } catch let error as AMQPError where error.code == .channelClosedByBroker {
            return nil
        }
    }

    private static var now: Double { (ContinuousClock.now - epoch) / .seconds(1) }
    private static let epoch = ContinuousClock.now
}

import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import Logging
import OrderedCollections
import Threads

/// Asks the other workers what is revoked, at the start and after each reconnect (Celery reference, 8.1).
///
/// Celery consumes nothing for the second that this takes. Here tasks start at once, and what is learnt takes effect when
/// it comes: a `control store` is there for those who need to know before.
final class Mingle: Sendable {
    /// How long neighbours may take to answer.
    static let patience: Duration = .seconds(1)

    private struct State {
        /// Of the question under way.
        var ticket: String?
        var neighbours = 0
    }

    private let node: String
    private let mailbox: ControlMailbox
    private let client = UUID().uuidString.lowercased()
    private let corridor: Corridor
    private let logical: LogicalClock
    private let publisher: any BrokerPublisher
    private let clock: WorkerClock
    private let logger: Logger
    private let state = Lock(State())
    private let (questions, asker) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(
        _ configuration: WorkerConfiguration,
        mailbox: ControlMailbox,
        corridor: Corridor,
        logical: LogicalClock,
        publisher: any BrokerPublisher
    ) {
        node = configuration.nodeName
        clock = configuration.clock
        logger = configuration.logger
        self.mailbox = mailbox
        self.corridor = corridor
        self.logical = logical
        self.publisher = publisher
    }

    /// Where the answers come.
    var queue: QueueTopology { mailbox.replyQueue(of: client) }

    /// Asks, soon: the queue for the answers is there.
    func ask() { asker.yield() }

    /// Asks when it is to, until `close()`.
    func run() async {
        for await _ in questions {
            logger.info("mingle: searching for neighbors")
            do {
                try await publish()
                try await Task.sleep(for: Self.patience)
            } catch {
                logger.warning("mingle: The other workers could not be asked: \(error)")
            }
            let neighbours = state.withLock { state in
                defer { state = State() }
                return state.neighbours
            }
            if neighbours == 0 {
                logger.info("mingle: all alone")
            } else {
                logger.info("mingle: sync with \(neighbours) nodes")
                logger.info("mingle: sync complete")
            }
        }
    }

    func close() { asker.finish() }

    /// Takes an answer.
    func receive(_ message: IncomingMessage) {
        guard let ticket = state.withLock({ $0.ticket }) else { return }
        guard let replies = try? ControlReply.read(message, ticket: ticket) else { return }
        for reply in replies where reply.node != node {
            guard let answer = reply.value.object else { continue }
            state.withLock { $0.neighbours += 1 }
            if let time = answer["clock"]?.integer { logical.adjust(to: Int(clamping: time)) }
            let revoked = InspectCommand.ids(answer["revoked"])
            if !revoked.isEmpty { corridor.learnRevoked(revoked) }
        }
    }

    private func publish() async throws {
        let ticket = UUID().uuidString.lowercased()
        state.withLock { $0 = State(ticket: ticket) }
        var request = ControlRequest(
            "hello",
            [
                "from_node": .string(node), "revoked": .array(corridor.board.revokedIDs.map { .string($0) }),
            ]
        )
        request.ticket = ticket
        request.replyTo = .init(exchange: mailbox.replyExchange.name, routingKey: client)
        try await publisher.declare([.exchange(mailbox.requestExchange)])
        try await publisher.publish(
            request.message(in: mailbox, clock: logical.forward(), expires: clock.wall() + Self.patience),
            timeout: .seconds(10)
        )
    }
}

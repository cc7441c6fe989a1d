import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// Publishes replies, one after the other, while the next requests are carried out already. They go by the connection
/// of events: a reply that the broker refuses closes its channel, which must not be that of results.
final class ControlReplies: Sendable {
    /// How many may wait, for a broker that blocks publishers; what comes beyond is dropped, as who asked waits for a
    /// second or so.
    static let limit = 1_000
    /// How large one may be: RabbitMQ takes 16 MiB unless told otherwise.
    static let maximumBytes = 8 << 20
    /// Nobody waits longer for a reply.
    static let timeout: Duration = .seconds(10)

    private let node: String
    private let link: EventLink
    private let logger: Logger
    private let clock = Lock(LamportClock())
    private let outbox: AsyncStream<OutgoingMessage>
    private let sender: AsyncStream<OutgoingMessage>.Continuation

    init(node: String, link: EventLink, logger: Logger) {
        self.node = node
        self.link = link
        self.logger = logger
        (outbox, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.limit))
    }

    /// Takes note of the logical time of a request.
    func heard(_ message: IncomingMessage) {
        clock.withLock { $0.adjust(to: message.properties.headers?["clock"]?.integer ?? 0) }
    }

    /// Answers a request, if somebody waits for it.
    func send(_ value: JSONValue, to request: ControlRequest) {
        guard request.replyTo != nil else { return }
        let time = clock.withLock { $0.forward() }
        guard let message = reply(value, to: request, clock: time) else { return }
        if case .dropped = sender.yield(message) {
            logger.warning(
                "control: A reply to '\(request.method)' is dropped: \(Self.limit) others wait to be published"
            )
        }
    }

    /// The reply; one that is too large is an error, or nobody would hear anything.
    private func reply(_ value: JSONValue, to request: ControlRequest, clock time: Int) -> OutgoingMessage? {
        let message = ControlReply(node: node, value).message(to: request, clock: time)
        guard let count = message?.body.count, count > Self.maximumBytes else { return message }
        let problem = "the reply has \(count) bytes, more than the limit of \(Self.maximumBytes)"
        logger.warning("control: '\(request.method)': \(problem)")
        return ControlReply(node: node, ControlReply.error(problem)).message(to: request, clock: time)
    }

    /// Publishes until `close()`.
    func run() async {
        for await message in outbox {
            // As kombu does: nobody else has to have made it, and it is gone when the broker starts again.
            let exchange = ExchangeDeclaration(name: message.exchange, type: .direct, isDurable: false)
            do {
                try await link.publish(
                    message,
                    declaring: message.exchange.isEmpty ? nil : exchange,
                    timeout: Self.timeout
                )
            } catch {
                logger.warning("control: A reply could not be published: \(error)")
            }
        }
    }

    /// Ends `run()` behind the replies that wait.
    func close() { sender.finish() }
}

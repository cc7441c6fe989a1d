import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// Publishes replies, one after the other, while the next requests are carried out already.
final class ControlReplies: Sendable {
    /// How many may wait, for a broker that blocks publishers; what comes beyond is dropped, as who asked waits for a
    /// second or so.
    static let limit = 1_000
    /// Nobody waits longer for a reply.
    static let timeout: Duration = .seconds(10)

    private let node: String
    private let publisher: any BrokerPublisher
    private let logger: Logger
    private let clock = Lock(LamportClock())
    private let outbox: AsyncStream<OutgoingMessage>
    private let sender: AsyncStream<OutgoingMessage>.Continuation

    init(node: String, publisher: any BrokerPublisher, logger: Logger) {
        self.node = node
        self.publisher = publisher
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
        guard let message = ControlReply(node: node, value).message(to: request, clock: time) else { return }
        if case .dropped = sender.yield(message) {
            logger.warning(
                "control: A reply to '\(request.method)' is dropped: \(Self.limit) others wait to be published"
            )
        }
    }

    /// Publishes until `close()`.
    func run() async {
        for await message in outbox {
            do {
                // As kombu does: nobody else has to have made it, and it is gone when the broker starts again.
                if !message.exchange.isEmpty {
                    try await publisher.declare([
                        .exchange(ExchangeDeclaration(name: message.exchange, type: .direct, isDurable: false))
                    ])
                }
                try await publisher.publish(message, timeout: Self.timeout)
            } catch {
                logger.warning("control: A reply could not be published: \(error)")
            }
        }
    }

    /// Ends `run()` behind the replies that wait.
    func close() { sender.finish() }
}

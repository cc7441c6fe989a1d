import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// The connection by which events go, and replies to commands: one of its own, so that tasks never wait for it, nor end
/// with it. It is made when there is something to send.
final class EventLink: Sendable {
    /// How long a message may take to be confirmed, before it is published again.
    static let timeout: Duration = .seconds(30)
    /// How soon it is tried again when the broker refuses for good.
    static let pause: Duration = .seconds(30)
    /// How long to wait behind a message that was not taken.
    static let messagePause: Duration = .seconds(1)

    private struct State {
        var publisher: any BrokerPublisher
        /// Whether the exchange is there: somebody may delete it, and a failed publish tells.
        var isDeclared = false
        var isClosed = false
    }

    private let make: @Sendable () -> any BrokerPublisher
    private let logger: Logger
    private let state: Lock<State>
    private let (uses, user) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let status: LinkStatus

    init(broker: any Broker, logger: Logger, observer: @escaping @Sendable (LinkEvent) -> Void) {
        let status = LinkStatus()
        let make = { @Sendable in
            broker.makePublisher { event in
                status.note(event)
                observer(event)
            }
        }
        self.status = status
        self.make = make
        self.logger = logger
        state = Lock(State(publisher: make()))
    }

    private var publisher: any BrokerPublisher { state.withLock { $0.publisher } }
    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Keeps the connection, from its first use until `close()`, or until the calling task is cancelled.
    func run() async {
        // A worker that says nothing costs the broker no connection.
        for await _ in uses { break }
        while !isClosed, !Task.isCancelled {
            let publisher = publisher
            do {
                try await publisher.run()
            } catch {
                logger.error(
                    """
                    events: No events, and no replies to commands: \(error). It is tried again in \
                    \(Self.pause.numberText) s
                    """
                )
            }
            await publisher.close()
            if isClosed { return }
            do { try await Task.sleep(for: Self.pause) } catch { return }
            state.withLock { $0.publisher = make() }
        }
    }

    /// Declares the exchange and publishes a message, again and again until the broker has it, or refuses it for good.
    ///
    /// - Returns: whether it has; not after `close()`.
    func publish(_ message: OutgoingMessage) async -> Bool {
        user.yield()
        while !isClosed, !Task.isCancelled {
            let (publisher, isDeclared) = state.withLock { ($0.publisher, $0.isDeclared) }
            do {
                if !isDeclared {
                    try await publisher.declare([.exchange(EventMessage.exchange(message.exchange))])
                    state.withLock { $0.isDeclared = true }
                }
                try await publisher.publish(message, timeout: Self.timeout)
                return true
            } catch {
                state.withLock { $0.isDeclared = false }
                let isRefused = (error as? any BrokerRefusal)?.isFinal == true
                if isRefused {
                    logger.warning("events: A message of \(message.body.count) bytes is dropped: \(error)")
                } else {
                    logger.debug("events: \(error)")
                }
                // Behind a refusal, too: with all that follows it may be no better.
                try? await Task.sleep(for: Self.messagePause)
                if isRefused { return false }
            }
        }
        return false
    }

    /// Declares an exchange and publishes a message that is no event, once: who waits for it does not wait long.
    ///
    /// - Throws: the broker's error.
    func publish(
        _ message: OutgoingMessage,
        declaring exchange: ExchangeDeclaration?,
        timeout: Duration
    ) async throws {
        user.yield()
        let publisher = publisher
        if let exchange { try await publisher.declare([.exchange(exchange)]) }
        try await publisher.publish(message, timeout: timeout)
    }

    func close() async {
        let publisher = state.withLock { state in
            state.isClosed = true
            return state.publisher
        }
        user.finish()
        await publisher.close()
    }
}

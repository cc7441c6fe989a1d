import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// The connection by which events go: one of its own, so that tasks never wait for it, nor end with it.
final class EventLink: Sendable {
    /// How long a message may take to be confirmed, before it is published again.
    static let timeout: Duration = .seconds(30)
    /// How soon it is tried again when the broker refuses for good.
    static let pause: Duration = .seconds(30)

    private struct State {
        var publisher: any BrokerPublisher
        /// Whether the exchange is there: somebody may delete it, and a failed publish tells.
        var isDeclared = false
        var isClosed = false
    }

    private let make: @Sendable () -> any BrokerPublisher
    private let logger: Logger
    private let state: Lock<State>
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

    /// Keeps the connection until `close()`, or until the calling task is cancelled.
    func run() async {
        while !isClosed {
            let publisher = publisher
            do {
                try await publisher.run()
            } catch {
                logger.error("events: No events: \(error). It is tried again in \(Self.pause.numberText) s")
            }
            await publisher.close()
            if isClosed { return }
            do { try await Task.sleep(for: Self.pause) } catch { return }
            state.withLock { $0.publisher = make() }
        }
    }

    /// Declares the exchange and publishes a message, again and again until the broker has it.
    ///
    /// - Returns: whether it has; not after `close()`.
    func publish(_ message: OutgoingMessage) async -> Bool {
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
                logger.debug("events: \(error)")
                try? await Task.sleep(for: .seconds(1))
            }
        }
        return false
    }

    func close() async {
        let publisher = state.withLock { state in
            state.isClosed = true
            return state.publisher
        }
        await publisher.close()
    }
}

import BrokerModel
import CeleryProtocol
import Logging
import Threads

/// The connection by which requests come: one of its own, so that the worker answers whatever its tasks do.
///
/// It is no reason to stop for a worker that it can't be had: tasks run without it, and it is tried again.
final class ControlConnection: Sendable {
    /// How soon it is tried again when the broker refuses for good, for example since another worker has this node's name.
    static let pause: Duration = .seconds(30)

    private let queues: [QueueTopology]
    private let broker: any Broker
    private let receiver: ControlReceiver
    private let observer: @Sendable (LinkEvent) -> Void
    private let logger: Logger
    private let state = Lock(State())

    private struct State {
        var consumer: (any BrokerConsumer)?
        var isClosed = false
    }

    init(
        queues: [QueueTopology],
        broker: any Broker,
        receiver: ControlReceiver,
        observer: @escaping @Sendable (LinkEvent) -> Void,
        logger: Logger
    ) {
        self.queues = queues
        self.broker = broker
        self.receiver = receiver
        self.observer = observer
        self.logger = logger
    }

    /// Takes requests until `close()`, or until the calling task is cancelled.
    func run() async {
        while let consumer = next() {
            do {
                try await consumer.run()
            } catch {
                logger.error(
                    """
                    control: No remote control: \(error). It is tried again in \(Self.pause.numberText) s; another \
                    worker with this node name would be one reason
                    """
                )
            }
            await consumer.close()
            if state.withLock({ $0.isClosed }) { return }
            do { try await Task.sleep(for: Self.pause) } catch { return }
        }
    }

    func close() async {
        let consumer = state.withLock { state in
            state.isClosed = true
            return state.consumer
        }
        await consumer?.close()
    }

    private func next() -> (any BrokerConsumer)? {
        let consumer = broker.makeConsumer(
            queues: queues,
            prefetch: ControlReceiver.prefetch,
            handler: receiver,
            observer: observer
        )
        return state.withLock { state in
            guard !state.isClosed else { return nil }
            state.consumer = consumer
            return consumer
        }
    }
}

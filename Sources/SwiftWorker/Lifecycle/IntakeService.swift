import BrokerModel
import Logging
import ServiceLifecycle

/// The intake's part in the worker's life: it keeps the consumers' prefetch, and is the first to stop: nothing more is
/// consumed, and what has not started goes back.
struct IntakeService: Service {
    /// How long the broker may take to end the consumers; what has not started goes back then, whatever it says.
    static let stopLimit: Duration = .milliseconds(700)

    let corridor: Corridor
    let consumer: any BrokerConsumer
    /// The queues that are consumed until no task runs.
    let singleActive: Set<String>
    let logger: Logger

    func run() async throws {
        let keeping = Task { [corridor, consumer] in await corridor.prefetch.keep(consumer, corridor.admission) }
        try? await gracefulShutdown()
        keeping.cancel()
        corridor.close()
        await Self.stopConsuming(consumer, keepsSingleActive: true, logger)
        corridor.returns.release(butNot: singleActive)
    }

    static func stopConsuming(_ consumer: any BrokerConsumer, keepsSingleActive: Bool, _ logger: Logger) async {
        let isDone = await within(stopLimit) { await consumer.stopConsuming(keepsSingleActive: keepsSingleActive) }
        if !isDone { logger.warning("consumer: The broker did not end the consumers in time; going on without") }
    }
}

import BrokerModel
import Logging
import ServiceLifecycle

/// The intake's part in the worker's life: it keeps the consumers' prefetch, lets go of what has waited, and is the first to
/// stop: nothing more is consumed, and what has not started goes back.
struct IntakeService: Service {
    let corridor: Corridor
    let queues: ConsumedQueues
    let consumer: any BrokerConsumer
    /// The queues whose consumers stay until the connection closes: nobody else may begin before all is settled.
    let singleActive: Set<String>
    /// How long the broker may take to end them.
    let stopLimit: Duration
    let logger: Logger

    func run() async throws {
        let (corridor, queues, consumer) = (corridor, queues, consumer)
        let keeping = [
            Task { await corridor.prefetch.keep(consumer, corridor.admission) },
            Task { await corridor.waitingRoom.run(corridor.admission.due) },
            Task { await corridor.rates.run(corridor.admission.released) },
            Task { await corridor.declareDelays() },
            Task { await queues.keep(consumer, corridor) },
        ]
        try? await gracefulShutdown()
        for task in keeping { task.cancel() }
        corridor.close()
        let stopping = Task { [singleActive] in
            await consumer.stopConsuming(keepsSingleActive: true)
            // Not before, however long that takes: what goes back to a queue that is still consumed comes straight again.
            corridor.returns.release(butNot: singleActive)
        }
        let isDone = await within(stopLimit) { await stopping.value }
        if !isDone { logger.warning("consumer: The broker did not end the consumers in time; going on without") }
    }
}

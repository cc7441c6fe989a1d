import BrokerModel
import Threads

/// Keeps the consumers' prefetch as it has to be: in step with the tasks held for their ETA, or with the free slots.
final class PrefetchControl: Sendable {
    /// The prefetch to begin with; 0 is no limit.
    let initial: UInt16
    private let gate: PrefetchGate?
    private let window: Lock<PrefetchWindow>
    private let sizes: AsyncStream<UInt16>
    private let sender: AsyncStream<UInt16>.Continuation

    init(_ configuration: WorkerConfiguration, _ gate: PrefetchGate?) {
        let window = PrefetchWindow(
            concurrency: configuration.maximumConcurrency,
            multiplier: configuration.settings.workerPrefetchMultiplier,
            limit: configuration.settings.workerETATaskLimit
        )
        self.gate = gate
        self.window = Lock(window)
        initial = gate?.initialWindow ?? UInt16(window.base)
        (sizes, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes the number of tasks that wait for their ETA.
    @Sendable func hold(_ count: Int) {
        // The gate counts them one by one.
        guard gate == nil, let size = window.withLock({ $0.hold(count) }) else { return }
        sender.yield(size)
    }

    /// Keeps a consumer's prefetch, until the calling task is cancelled.
    func keep(_ consumer: any BrokerConsumer, _ admission: Admission) async {
        guard gate != nil else {
            for await size in sizes { await consumer.setPrefetch(size) }
            return
        }
        await admission.keepExact { change in
            switch change {
            case .pause: await consumer.pause()
            case .open(let prefetch): await consumer.setPrefetch(prefetch)
            }
        }
    }
}

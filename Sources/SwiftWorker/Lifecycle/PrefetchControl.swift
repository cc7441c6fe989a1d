import BrokerModel
import Threads

/// Keeps the consumers' prefetch as it has to be: in step with the messages that wait here, or with the free slots.
final class PrefetchControl: Sendable {
    /// Why messages wait here, unsettled.
    enum Wait: Sendable, Hashable, CaseIterable {
        /// For their ETA.
        case eta
        /// For their turn.
        case turn
        /// For the broker to confirm that it has parked them.
        case parking
    }

    /// For so many messages on their way into the broker the window grows; they make its rate: its window divided by the
    /// broker's latency.
    static let maximumParking = 500

    private struct State {
        var window: PrefetchWindow
        var counts: [Wait: Int] = [:]
    }

    /// The prefetch to begin with; 0 is no limit.
    let initial: UInt16
    private let gate: PrefetchGate?
    private let maximumHeld: Int
    private let state: Lock<State>
    private let sizes: AsyncStream<UInt16>
    private let sender: AsyncStream<UInt16>.Continuation

    init(_ configuration: WorkerConfiguration, _ gate: PrefetchGate?) {
        let window = PrefetchWindow(
            concurrency: configuration.maximumConcurrency,
            multiplier: configuration.settings.workerPrefetchMultiplier,
            limit: configuration.settings.workerETATaskLimit
        )
        self.gate = gate
        maximumHeld = configuration.settings.maxHeld
        state = Lock(State(window: window))
        initial = gate?.initialWindow ?? UInt16(window.base)
        (sizes, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes the number of messages that wait. Beyond their bounds they don't make the window grow: then the broker has
    /// to keep the rest.
    func hold(_ count: Int, for wait: Wait) {
        // The gate counts them one by one.
        guard gate == nil else { return }
        let bound = wait == .parking ? Self.maximumParking : maximumHeld
        let size = state.withLock { state in
            state.counts[wait] = min(count, bound)
            return state.window.hold(state.counts.values.reduce(0, +))
        }
        if let size { sender.yield(size) }
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

import BrokerModel
import Threads

/// Keeps the consumers' prefetch as it has to be: in step with the messages that wait here, or with the free slots.
final class PrefetchControl: Sendable {
    /// Why messages wait here, unsettled.
    enum Wait: Sendable, Hashable {
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
    /// The shortest time between two changes of the prefetch. If they came faster than messages are settled, the windows of
    /// one after the other would add up.
    static let changePause: Duration = .milliseconds(100)

    private struct State {
        var window: PrefetchWindow
        var eta = 0
        var turn = 0
        var parking = 0
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
        let size = state.withLock { state -> UInt16? in
            switch wait {
            case .eta: state.eta = min(count, maximumHeld)
            case .turn: state.turn = min(count, maximumHeld)
            case .parking: state.parking = min(count, Self.maximumParking)
            }
            return state.window.hold(state.eta + state.turn, parking: state.parking)
        }
        if let size { sender.yield(size) }
    }

    /// Takes another number of slots.
    func resize(concurrency: Int) {
        if let gate { return gate.resize(to: concurrency) }
        if let size = state.withLock({ $0.window.resize(concurrency: concurrency) }) { sender.yield(size) }
    }

    /// How many messages the broker may send ahead of their settlement, to each queue's consumer; 0 is without limit.
    var current: Int { gate.map { Int($0.window) } ?? state.withLock { $0.window.size } }

    /// Keeps a consumer's prefetch, until the calling task is cancelled.
    func keep(_ consumer: any BrokerConsumer, _ admission: Admission) async {
        guard gate != nil else {
            for await size in sizes {
                await consumer.setPrefetch(size)
                try? await Task.sleep(for: Self.changePause)
            }
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

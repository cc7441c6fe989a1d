import BrokerModel
import Threads

/// Lets requests to the pool as `ExactPrefetch` says, and hands what the consumers have to do to whoever reads
/// `changes`. Called on the connection's thread and the slots' threads: nothing here blocks.
final class PrefetchGate: Sendable {
    private struct State {
        var exact: ExactPrefetch
        var places: [ObjectIdentifier: ExactPrefetch.Place] = [:]
        /// They have a slot, and wait for the pause.
        var parked: [Request] = []
        /// They have none, and go back after the pause.
        var surplus: [Request] = []
        var isClosed = false

        mutating func takeKept() -> [Request] {
            defer { (parked, surplus) = ([], []) }
            for request in parked {
                // Its slot is free again. No change follows: the consumers are being paused.
                if let place = places.removeValue(forKey: ObjectIdentifier(request)) { _ = exact.leave(place) }
            }
            return parked + surplus
        }
    }

    /// The newest change only: each replaces the one before.
    let changes: AsyncStream<ExactPrefetch.Change>
    private let sender: AsyncStream<ExactPrefetch.Change>.Continuation
    private let state: Lock<State>
    /// The prefetch to begin with.
    let initialWindow: UInt16

    init(_ exact: ExactPrefetch) {
        initialWindow = exact.window
        (changes, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        state = Lock(State(exact: exact))
    }

    /// The gate of a worker that is to hold no more than it has free slots; `nil` for others.
    convenience init?(_ configuration: WorkerConfiguration) {
        let settings = configuration.settings
        guard settings.workerDisablePrefetch else { return nil }
        let tasks = configuration.tasks
        let isEarlyOnly = tasks.names.allSatisfy { name in
            !(tasks.task(named: name)?.options.acksLate ?? settings.taskAcksLate)
        }
        self.init(
            ExactPrefetch(
                capacity: configuration.maximumConcurrency,
                queues: Set(configuration.queues.filter { !$0.isSingleActive }.map(\.queue.name)),
                isEarlyOnly: isEarlyOnly
            )
        )
    }

    /// Admits a request that was delivered just now, or has waited.
    ///
    /// - Returns: whether it may go to the pool now; else the gate keeps it.
    func admit(_ request: Request) -> Bool {
        let (isFree, change) = state.withLock { state -> (Bool, ExactPrefetch.Change?) in
            if state.isClosed { return (true, nil) }
            if var place = state.places[ObjectIdentifier(request)] {
                let change = state.exact.due(&place)
                state.places[ObjectIdentifier(request)] = place
                return (true, change)
            }
            var place = Self.place(request, isHeld: request.policy.acksLate)
            let (admission, change) = state.exact.admit(&place)
            switch admission {
            case .run: break
            case .park: state.parked.append(request)
            case .surplus: state.surplus.append(request)
            }
            if admission != .surplus { state.places[ObjectIdentifier(request)] = place }
            return (admission == .run, change)
        }
        send(change)
        return isFree
    }

    /// Takes note of a request that waits, unsettled and without a slot.
    func hold(_ request: Request) {
        send(
            state.withLock { state in
                if state.places[ObjectIdentifier(request)] != nil { return nil }
                var place = Self.place(request, isHeld: true)
                let change = state.exact.hold(&place)
                state.places[ObjectIdentifier(request)] = place
                return change
            }
        )
    }

    /// Takes note of a request that has ended, or goes back unstarted.
    func leave(_ request: Request) {
        send(
            state.withLock { state in
                state.places.removeValue(forKey: ObjectIdentifier(request)).flatMap { state.exact.leave($0) }
            }
        )
    }

    /// Takes note of another number of slots.
    func resize(to capacity: Int) { send(state.withLock { $0.exact.resize(to: capacity) }) }

    /// The prefetch in force.
    var window: UInt16 { state.withLock { $0.exact.window } }

    /// What the gate keeps.
    var kept: [Request] { state.withLock { $0.parked + $0.surplus } }

    /// The consumers are paused: nothing more comes.
    ///
    /// - Returns: what may go to the pool, and what goes back.
    func paused() -> (admitted: [Request], surplus: [Request]) {
        let (admitted, surplus, change) = state.withLock { state in
            var admitted = state.parked
            var surplus: [Request] = []
            for request in state.surplus {
                var place = Self.place(request, isHeld: false)
                guard state.exact.readmit(&place) else {
                    surplus.append(request)
                    continue
                }
                state.places[ObjectIdentifier(request)] = place
                admitted.append(request)
            }
            (state.parked, state.surplus) = ([], [])
            return (admitted, surplus, state.exact.paused())
        }
        send(change)
        return (admitted, surplus)
    }

    /// Gives up what the gate keeps, because its connection is lost.
    func connectionLost() -> [Request] {
        let (requests, change) = state.withLock { state in
            let requests = state.takeKept()
            return (requests, state.exact.connectionLost())
        }
        send(change)
        return requests
    }

    /// Gives up what the gate keeps, and keeps nothing any more.
    func close() -> [Request] {
        state.withLock { state in
            state.isClosed = true
            return state.takeKept()
        }
    }

    private static func place(_ request: Request, isHeld: Bool) -> ExactPrefetch.Place {
        ExactPrefetch.Place(queue: request.envelope.message.queue, isHeld: isHeld)
    }

    private func send(_ change: ExactPrefetch.Change?) {
        if let change { sender.yield(change) }
    }
}

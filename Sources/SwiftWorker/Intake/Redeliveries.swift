import BrokerModel
import CeleryProtocol
import DequeModule
import Synchronization
import Threads

/// Keeps a task from running twice after a lost connection: its message comes again while the task still runs here, or
/// has ended since.
///
/// Running tasks are noted when the connection is lost. One that still runs takes the new delivery over and settles
/// that one; one that has ended since has left word how. Both are told from other deliveries by task id and number of
/// retries, and only a message that the broker marks as redelivered is looked at. A worker that has lost no connection
/// pays one load of an atomic for each start and end of a task.
final class Redeliveries: Sendable {
    /// How many settlements that came too late are remembered; the oldest are forgotten first.
    static let capacity = 10_000
    /// How long such a settlement is remembered. A broker notices a dead connection after two heartbeats, a few minutes;
    /// later, the same id and retries are more likely somebody's second message.
    static let memory: Duration = .seconds(900)

    private struct Key: Hashable {
        let id: String
        let retries: Int

        init(_ id: String, _ retries: Int) {
            self.id = id
            self.retries = retries
        }

        init(_ request: Request) { self.init(request.id, request.headers.retries) }
    }

    private enum Entry {
        case running(Request)
        case ended(Settlement, at: ContinuousClock.Instant)
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// Those that have ended, oldest first; some may be gone already.
        var order: Deque<Key> = []
    }

    private let now: @Sendable () -> ContinuousClock.Instant
    private let connections = Atomic(0)
    /// Whether there are entries.
    private let isTracking = Atomic(false)
    private let state = Lock(State())

    init(now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.now = now
    }

    /// The number of the consuming connection, for new requests.
    var connection: Int { connections.load(ordering: .acquiring) }

    /// Notes the tasks that run while their connection is lost.
    ///
    /// - Parameter running: asked after the new connection's number is in force: a task that starts behind its back is
    ///   noted by `started`.
    func connectionLost(running: () -> [Request]) {
        connections.add(1, ordering: .acquiringAndReleasing)
        let requests = running()
        state.withLock { state in
            let limit = now() - Self.memory
            while let oldest = state.order.first {
                if case .ended(_, let time)? = state.entries[oldest], time > limit { break }
                forgetOldest(&state)
            }
            for request in requests { state.entries[Key(request)] = .running(request) }
            noteTracking(state)
        }
    }

    /// Hears that a task starts.
    func started(_ request: Request) {
        guard request.connection != connection else { return }
        state.withLock { state in
            state.entries[Key(request)] = .running(request)
            noteTracking(state)
        }
    }

    /// Takes a redelivered message's receipt, if its task runs here or has ended here since its connection was lost.
    func take(_ receipt: consuming Receipt, id: String, retries: Int) -> Redelivery {
        guard isTracking.load(ordering: .acquiring) else { return .unknown(receipt) }
        let entry = state.withLock { state in
            defer { noteTracking(state) }
            return state.entries.removeValue(forKey: Key(id, retries))
        }
        switch entry {
        case .running(let request): return request.adopt(receipt)
        case .ended(let settlement, let time):
            guard now() - time < Self.memory else { return .unknown(receipt) }
            receipt.settle(settlement)
            return .settled
        case nil: return .unknown(receipt)
        }
    }

    /// Hears how a task's settlement went.
    func ended(_ request: Request, _ settlement: Settlement, _ result: SettlementResult) {
        guard result == .connectionLost || isTracking.load(ordering: .acquiring) else { return }
        let key = Key(request)
        state.withLock { state in
            if case .running? = state.entries[key] { state.entries[key] = nil }
            if result == .connectionLost, settlement.isFinal, !request.hasSettledNext {
                state.entries[key] = .ended(settlement, at: now())
                state.order.append(key)
                if state.order.count > Self.capacity { forgetOldest(&state) }
            }
            noteTracking(state)
        }
    }

    private func forgetOldest(_ state: inout State) {
        guard let oldest = state.order.popFirst() else { return }
        if case .ended? = state.entries[oldest] { state.entries[oldest] = nil }
    }

    private func noteTracking(_ state: State) {
        isTracking.store(!state.entries.isEmpty, ordering: .releasing)
    }
}

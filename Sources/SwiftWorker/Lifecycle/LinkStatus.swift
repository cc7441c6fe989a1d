import BrokerModel
import Threads

/// What was heard last of a connection.
final class LinkStatus: Sendable {
    private struct State {
        var text = "not connected yet"
        var since = ContinuousClock.now
        var losses = 0
        var isConnected = false
    }

    private let state = Lock(State())

    func note(_ event: LinkEvent) {
        switch event {
        case .connected(let endpoint): set("connected to \(endpoint)", isConnected: true)
        case .consuming(let queues): set("consuming \(queues.joined(separator: ", "))")
        case .disconnected(let reason, _, let attempt, _, _):
            set("not connected (\(attempt) failed attempts): \(reason)", isConnected: false, isLoss: attempt == 0)
        case .blocked(let reason): set("blocked by the broker: \(reason)")
        case .unblocked: set("connected")
        default: break
        }
    }

    /// Whether what is published now has a chance to get there soon.
    var isConnected: Bool { state.withLock { $0.isConnected } }

    /// How many connections have been lost.
    var losses: Int { state.withLock { $0.losses } }

    /// For example `consuming a, b for 12 s, 1 connection lost before`.
    func text(at now: ContinuousClock.Instant) -> String {
        state.withLock { state in
            let losses = state.losses == 0 ? "" : ", \(state.losses) connections lost before"
            return "\(state.text), for \((now - state.since).components.seconds) s\(losses)"
        }
    }

    private func set(_ text: String, isConnected: Bool? = nil, isLoss: Bool = false) {
        state.withLock { state in
            state.text = text
            state.since = .now
            if let isConnected { state.isConnected = isConnected }
            if isLoss { state.losses += 1 }
        }
    }
}

import BrokerModel
import Threads

/// Gives unstarted requests back to the broker, at the right moment: not while their queue is still consumed, or the
/// broker would deliver them here again at once.
final class Returns: Sendable {
    /// What is kept for later.
    enum Hold: Sendable, Hashable {
        case nothing
        case all
        case queues(Set<String>)

        fileprivate func holds(_ request: Request) -> Bool {
            switch self {
            case .nothing: false
            case .all: true
            case .queues(let names): names.contains(request.envelope.message.queue)
            }
        }
    }

    private struct State {
        var hold = Hold.nothing
        var held: [Request] = []
    }

    private let giveBack: @Sendable (Request) -> Void
    private let state = Lock(State())

    init(giveBack: @escaping @Sendable (Request) -> Void) {
        self.giveBack = giveBack
    }

    /// How many wait to be given back.
    var heldCount: Int { state.withLock { $0.held.count } }

    /// What is kept for later at present.
    var hold: Hold { state.withLock { $0.hold } }

    /// Gives a request back, now or when its queue is released.
    func add(_ request: Request) {
        let isHeld = state.withLock { state in
            let isHeld = state.hold.holds(request)
            if isHeld { state.held.append(request) }
            return isHeld
        }
        if !isHeld { giveBack(request) }
    }

    /// Keeps what is of a queue that is about to be consumed no more.
    func hold(_ queue: String) {
        state.withLock { state in
            switch state.hold {
            case .nothing: state.hold = .queues([queue])
            case .queues(let names): state.hold = .queues(names.union([queue]))
            case .all: break
            }
        }
    }

    /// Gives back what is of a queue that is no longer consumed, unless all is kept for the shutdown.
    func release(_ queue: String) {
        guard case .queues(let names) = hold else { return }
        release(butNot: names.subtracting([queue]))
    }

    /// Keeps everything from now on.
    func holdAll() {
        state.withLock { $0.hold = .all }
    }

    /// Gives back what was kept and is no longer consumed.
    ///
    /// - Parameter queues: those that are still consumed.
    func release(butNot queues: Set<String> = []) {
        let released = state.withLock { state in
            let hold: Hold = queues.isEmpty ? .nothing : .queues(queues)
            let released = state.held.filter { !hold.holds($0) }
            state.held.removeAll { !hold.holds($0) }
            state.hold = hold
            return released
        }
        for request in released { giveBack(request) }
    }

    /// Takes out what is kept, because its connection is gone.
    func removeAll() -> [Request] {
        state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
    }
}

import BrokerModel
import Threads

/// The part of an open channel that other threads hold: it takes settlements, as long as the channel lives.
///
/// Receipts point here, so those of a channel that has ended settle nothing on a later one.
final class ChannelLink: DeliverySettler {
    struct Settled {
        var tag: UInt64
        var settlement: Settlement
    }

    private struct State {
        var isOpen = true
        var settled: [Settled] = []
        var leaked = 0
        /// So many settlements are sent at once; fewer wait a moment for company.
        var threshold = 1
    }

    let number: UInt16
    let inbox: Inbox
    /// Told on the connection's thread, but for what comes after the end.
    let observer: @Sendable (ChannelEvent) -> Void
    private let state = Lock(State())

    init(number: UInt16, inbox: Inbox, observer: @escaping @Sendable (ChannelEvent) -> Void) {
        self.number = number
        self.inbox = inbox
        self.observer = observer
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
        add(tag, settlement, isLeak: false)
    }

    func reclaimLeaked(_ tag: UInt64) {
        _ = add(tag, .requeue, isLeak: true)
    }

    private func add(_ tag: UInt64, _ settlement: Settlement, isLeak: Bool) -> Bool {
        let (isOpen, isNews) = state.withLock { state in
            guard state.isOpen else { return (false, false) }
            state.settled.append(Settled(tag: tag, settlement: settlement))
            if isLeak { state.leaked += 1 }
            return (true, state.settled.count == 1 || state.settled.count == state.threshold)
        }
        guard isOpen else { return false }
        return isNews ? inbox.post(.settled(self)) == nil : true
    }

    /// Takes what was settled; called by the connection's thread.
    ///
    /// - Returns: how many of them nobody had settled.
    func take(into settled: inout [Settled]) -> Int {
        state.withLock { state in
            swap(&state.settled, &settled)
            defer { state.leaked = 0 }
            return state.leaked
        }
    }

    /// Whether so much is settled that it should be sent at once.
    var hasMuchSettled: Bool { state.withLock { $0.settled.count >= $0.threshold } }

    /// Sets the threshold to a quarter of the prefetch: the broker, which still counts what was not sent, always has
    /// room to deliver more.
    func setThreshold(prefetch: UInt16) {
        state.withLock { $0.threshold = min(max(Int(prefetch) / 4, 1), 256) }
    }

    /// Takes no more settlements; those taken already wait for `take(into:)`.
    func close() {
        state.withLock { $0.isOpen = false }
    }
}

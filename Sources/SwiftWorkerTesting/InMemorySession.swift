import BrokerModel
import Threads

/// One connection's life: the deliveries it holds.
final class InMemorySession: DeliverySettler {
    private let broker: InMemoryBroker
    private let settled: @Sendable () -> Void
    private let state = Lock(State())

    private struct State {
        var held: [UInt64: (stored: InMemoryBroker.Stored, queue: String)] = [:]
        var nextTag: UInt64 = 1
        var isEnded = false
    }

    init(broker: InMemoryBroker, settled: @escaping @Sendable () -> Void) {
        self.broker = broker
        self.settled = settled
    }

    func heldCount(of queue: String) -> Int {
        state.withLock { $0.held.values.count { $0.queue == queue } }
    }

    func hold(_ stored: InMemoryBroker.Stored, from queue: String) -> Receipt {
        let tag = state.withLock { state in
            defer { state.nextTag += 1 }
            state.held[state.nextTag] = (stored, queue)
            return state.nextTag
        }
        return Receipt(tag: tag, settler: self)
    }

    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
        let held = state.withLock { state in
            state.isEnded ? nil : state.held.removeValue(forKey: tag)
        }
        guard let held else { return false }
        broker.note(settlement)
        if settlement == .requeue || settlement == .rejectAndRequeue {
            broker.putBack([held.stored], into: held.queue)
        }
        settled()
        return true
    }

    func reclaimLeaked(_ tag: UInt64) {
        broker.noteLeak()
        _ = settle(tag, .requeue)
    }

    /// Ends the connection: the broker has everything unsettled again.
    func end() {
        let held = state.withLock { state in
            state.isEnded = true
            defer { state.held = [:] }
            return state.held.sorted { $0.key < $1.key }.map(\.value)
        }
        for (queue, entries) in Dictionary(grouping: held, by: \.queue) {
            broker.putBack(entries.map(\.stored), into: queue)
        }
    }
}

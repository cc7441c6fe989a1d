import BrokerModel
import Threads

/// One connection's life: the deliveries it holds.
final class InMemorySession: DeliverySettler {
    private let broker: InMemoryBroker
    private let settled: @Sendable () -> Void
    private let state = Lock(State())

    private struct State {
        var held: [UInt64: (stored: InMemoryBroker.Stored, queue: String, generation: Int)] = [:]
        var nextTag: UInt64 = 1
        var isEnded = false
    }

    init(broker: InMemoryBroker, settled: @escaping @Sendable () -> Void) {
        self.broker = broker
        self.settled = settled
    }

    /// How many a consumer holds that was made with the prefetch of that generation.
    func heldCount(of queue: String, generation: Int) -> Int {
        state.withLock { $0.held.values.count { $0.queue == queue && $0.generation == generation } }
    }

    func hold(_ stored: InMemoryBroker.Stored, from queue: String, generation: Int) -> Receipt {
        let tag: UInt64? = state.withLock { state in
            guard !state.isEnded else { return nil }
            defer { state.nextTag += 1 }
            state.held[state.nextTag] = (stored, queue, generation)
            return state.nextTag
        }
        // It was on its way when the connection ended: the broker has it again.
        if tag == nil { broker.putBack([stored], into: queue) }
        return Receipt(tag: tag ?? 0, settler: self)
    }

    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
        let held = state.withLock { state in
            state.isEnded ? nil : state.held.removeValue(forKey: tag)
        }
        guard let held else { return false }
        broker.settle(held.stored, from: held.queue, settlement)
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

import BrokerModel
import DequeModule

/// Keeps the deliveries of one channel until they are settled, and finds the fewest frames that settle them.
///
/// A pure value. Delivery tags count up by one. A verb with `multiple` covers every delivery up to its tag, so it is
/// used only where all of them are to be settled alike.
struct SettlementLedger {
    /// One frame to send.
    enum Verb: Equatable {
        case ack(tag: UInt64, multiple: Bool)
        case reject(tag: UInt64, requeue: Bool)
        /// `basic.nack`, requeued.
        case requeue(tag: UInt64, multiple: Bool)
    }

    private enum Entry {
        case outstanding
        case pending(Settlement)
        case done
    }

    /// The entries from `base` on; the first is never `done`.
    private var entries: Deque<Entry> = []
    private var base: UInt64 = 1
    private var pending: [UInt64] = []

    /// Deliveries that nobody has settled yet.
    private(set) var outstandingCount = 0

    /// Takes note of a delivery.
    mutating func delivered(_ tag: UInt64) {
        if entries.isEmpty { base = tag }
        // A gap are deliveries that need no settlement, for example of `basic.get` without acknowledgement.
        guard tag >= base + UInt64(entries.count) else { return }
        while base + UInt64(entries.count) < tag { entries.append(.done) }
        entries.append(.outstanding)
        outstandingCount += 1
    }

    /// Takes note of a settlement.
    ///
    /// - Returns: whether that delivery was outstanding.
    @discardableResult
    mutating func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
        guard tag >= base, tag - base < UInt64(entries.count) else { return false }
        let index = Int(tag - base)
        guard case .outstanding = entries[index] else { return false }
        entries[index] = .pending(settlement)
        pending.append(tag)
        outstandingCount -= 1
        return true
    }

    /// Gives the verbs of all pending settlements, in the order of their tags up to the first outstanding delivery,
    /// then one by one in the order they were settled.
    mutating func drain(_ send: (Verb) -> Void) {
        guard !pending.isEmpty else { return }
        var run: (settlement: Settlement, last: UInt64, count: Int)?
        prefix: while let first = entries.first {
            switch first {
            case .outstanding: break prefix
            case .done: break
            case .pending(let settlement):
                if let current = run, current.settlement == settlement, settlement == .ack || settlement == .requeue {
                    run = (settlement, base, current.count + 1)
                } else {
                    if let run { send(SettlementLedger.verb(run.settlement, run.last, isMultiple: run.count > 1)) }
                    run = (settlement, base, 1)
                }
            }
            entries.removeFirst()
            base += 1
        }
        if let run { send(SettlementLedger.verb(run.settlement, run.last, isMultiple: run.count > 1)) }
        for tag in pending where tag >= base {
            let index = Int(tag - base)
            guard case .pending(let settlement) = entries[index] else { continue }
            send(SettlementLedger.verb(settlement, tag, isMultiple: false))
            entries[index] = .done
        }
        pending.removeAll(keepingCapacity: true)
    }

    private static func verb(_ settlement: Settlement, _ tag: UInt64, isMultiple: Bool) -> Verb {
        switch settlement {
        case .ack: .ack(tag: tag, multiple: isMultiple)
        case .reject: .reject(tag: tag, requeue: false)
        case .rejectAndRequeue: .reject(tag: tag, requeue: true)
        case .requeue: .requeue(tag: tag, multiple: isMultiple)
        }
    }
}

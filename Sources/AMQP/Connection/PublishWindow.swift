import DequeModule

/// The publishes of a confirming channel that the broker has not settled, by sequence number.
///
/// A pure value. The broker confirms one number, or all up to one, in any order. It says which message it returns
/// only by repeating it, so a returned one is found by comparing.
struct PublishWindow<Item> {
    /// What the broker said about one item.
    enum Verdict: Equatable {
        case confirmed
        case refused
        /// Returned before; the confirm only ends it.
        case returned(AMQPError.Reply)
    }

    private struct Slot {
        /// `nil` when its owner waits no longer.
        var item: Item?
        var reply: AMQPError.Reply?
        var isSettled = false
    }

    private var slots: Deque<Slot> = []
    private var base: UInt64 = 1

    /// Sequence numbers that the broker still has to settle.
    var count: Int { slots.count }

    /// Whether an item waits for its verdict.
    var hasItems: Bool { slots.contains { $0.item != nil } }

    /// Takes the next sequence number.
    mutating func append(_ item: Item) {
        slots.append(Slot(item: item))
    }

    /// Takes the broker's `basic.ack` or `basic.nack`.
    mutating func settle(_ tag: UInt64, multiple: Bool, isAck: Bool, _ finish: (Item, Verdict) -> Void) {
        // Tag zero with `multiple` means all.
        let last = tag == 0 && multiple ? base + UInt64(slots.count) - 1 : tag
        guard last >= base, last - base < UInt64(slots.count) else { return }
        let end = Int(last - base)
        for index in (multiple ? 0 : end)...end where !slots[index].isSettled {
            slots[index].isSettled = true
            guard let item = slots[index].item else { continue }
            slots[index].item = nil
            if let reply = slots[index].reply {
                finish(item, .returned(reply))
            } else {
                finish(item, isAck ? .confirmed : .refused)
            }
        }
        while let first = slots.first, first.isSettled {
            slots.removeFirst()
            base += 1
        }
    }

    /// Notes on the oldest fitting item that the broker returned it. Returns come in the order of publishing.
    ///
    /// - Returns: whether there was one.
    mutating func markReturned(_ reply: AMQPError.Reply, where fits: (Item) -> Bool) -> Bool {
        for index in slots.indices where !slots[index].isSettled && slots[index].reply == nil {
            guard let item = slots[index].item, fits(item) else { continue }
            slots[index].reply = reply
            return true
        }
        return false
    }

    /// Takes out the items that wait no longer; their numbers stay until the broker settles them.
    mutating func remove(where isOver: (Item) -> Bool) -> [Item] {
        var removed: [Item] = []
        for index in slots.indices {
            guard let item = slots[index].item, isOver(item) else { continue }
            slots[index].item = nil
            removed.append(item)
        }
        return removed
    }

    /// Visits the items that wait for a verdict.
    func forEach(_ visit: (Item) -> Void) {
        for slot in slots {
            if let item = slot.item { visit(item) }
        }
    }

    /// Ends the window.
    ///
    /// - Returns: the items without verdict, oldest first. Returned ones are among them: publishing them again tells
    ///   whether they are still unroutable.
    mutating func removeAll() -> [Item] {
        let items = slots.compactMap(\.item)
        base += UInt64(slots.count)
        slots.removeAll()
        return items
    }
}

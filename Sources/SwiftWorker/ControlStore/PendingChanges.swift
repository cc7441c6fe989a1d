import DequeModule

/// Changes on their way to the store, in their order; pure.
///
/// A change that could not be kept stays, to be tried again, but whoever waits for it is told at once.
struct PendingChanges: Sendable {
    typealias Kept = @Sendable (ControlStoreError?) -> Void

    struct Entry: Sendable {
        let change: ControlChange
        let scope: ControlScope
        /// `nil` once it was told of a failure.
        fileprivate(set) var kept: Kept?
    }

    /// How much may wait for a store that can't be reached, in ids, stamps and other changes. What comes beyond is in memory
    /// only.
    static let limit = 100_000

    private var entries: Deque<Entry> = []
    private var weight = 0
    /// How many have come.
    private(set) var arrivals = 0

    var count: Int { entries.count }
    var first: Entry? { entries.first }

    /// Appends a change.
    ///
    /// - Returns: `false` when there are too many.
    mutating func append(_ change: ControlChange, _ scope: ControlScope, _ kept: @escaping Kept) -> Bool {
        arrivals += 1
        guard entries.isEmpty || weight + change.weight <= Self.limit else { return false }
        weight += change.weight
        entries.append(Entry(change: change, scope: scope, kept: kept))
        return true
    }

    /// The first one is done with, kept or refused for good.
    ///
    /// - Returns: who waits for it.
    mutating func removeFirst() -> Kept? {
        guard let entry = entries.popFirst() else { return nil }
        weight -= entry.change.weight
        return entry.kept
    }

    /// Nothing can be kept at present.
    ///
    /// - Returns: all who wait.
    mutating func takeWaiting() -> [Kept] {
        var waiting: [Kept] = []
        // Those that were told before are in front.
        for index in entries.indices.reversed() {
            guard let kept = entries[index].kept else { break }
            waiting.append(kept)
            entries[index].kept = nil
        }
        return waiting.reversed()
    }
}

extension ControlChange {
    /// How much of it there is to be kept.
    fileprivate var weight: Int {
        switch self {
        case .revoked(let ids): max(1, ids.count)
        case .revokedStamps(let stamps): max(1, stamps.count)
        case .paused, .resumed, .rateLimit, .timeLimits: 1
        }
    }
}

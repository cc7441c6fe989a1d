import CeleryProtocol
import DequeModule
import JSON
import OrderedCollections

/// The ids of revoked tasks: Celery's `LimitedSet` (reference, 3.9), bounded in number, and in time once it is full.
///
/// As in Celery an id stays beyond its expiry as long as there is room and nobody purges: a task with an ETA of tomorrow
/// is still revoked then. A value without a clock; times are of a clock that only goes forward.
struct RevokedSet: Sendable {
    typealias Time = ContinuousClock.Instant

    /// `CELERY_WORKER_REVOKES_MAX`
    static let defaultMaximum = 50_000
    /// `CELERY_WORKER_REVOKE_EXPIRES`
    static let defaultExpiry: Duration = .seconds(10_800)
    /// An id longer than this, in bytes, is none.
    static let maximumBytes = ControlRequest.maximumTextBytes

    let maximum: Int
    let expiry: Duration
    private var numbers: [String: UInt64] = [:]
    /// In the order of adding, so the oldest first. An id that was added again or removed has an outdated entry, told by its
    /// number.
    private var entries: Deque<Entry> = []
    private var counter: UInt64 = 0

    private struct Entry: Sendable {
        let id: String
        let number: UInt64
        let time: Time
    }

    init(maximum: Int = RevokedSet.defaultMaximum, expiry: Duration = RevokedSet.defaultExpiry) {
        self.maximum = max(1, maximum)
        self.expiry = expiry
    }

    var count: Int { numbers.count }

    /// All ids, the oldest first: what a worker tells a new neighbour, so that one that is full forgets our oldest first.
    var ids: [String] { entries.filter(isCurrent).map(\.id) }

    func contains(_ id: String) -> Bool { numbers[id] != nil }

    /// Adds an id, or makes it the newest. When the set is full the oldest and expired ones go.
    mutating func add(_ id: String, at now: Time) {
        guard id.utf8.count <= RevokedSet.maximumBytes else { return }
        append(id, at: now)
        if numbers.count >= maximum { purge(at: now) }
    }

    /// Adds what another node has revoked, or a file has kept, as of now: times of another machine mean nothing here.
    mutating func merge(_ ids: [String], at now: Time) {
        for id in ids { add(id, at: now) }
    }

    mutating func remove(_ id: String) {
        numbers[id] = nil
        compact()
    }

    /// Drops what is beyond the bound, and what has expired.
    mutating func purge(at now: Time) {
        while let first = entries.first {
            let isOver = numbers.count > maximum || first.time + expiry <= now
            if isCurrent(first) {
                guard isOver else { return }
                numbers[first.id] = nil
            }
            entries.removeFirst()
        }
    }

    private mutating func append(_ id: String, at time: Time) {
        counter += 1
        numbers[id] = counter
        entries.append(Entry(id: id, number: counter, time: time))
        compact()
    }

    private func isCurrent(_ entry: Entry) -> Bool { numbers[entry.id] == entry.number }

    private mutating func compact() {
        guard entries.count > 2 * numbers.count + 64 else { return }
        entries = Deque(entries.filter(isCurrent))
    }
}

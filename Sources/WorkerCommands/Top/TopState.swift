import OrderedCollections

/// The last snapshot, and what has changed since the one before.
struct TopState: Sendable, Hashable {
    private(set) var current: TopSnapshot?
    private var previous: TopSnapshot?
    /// Why the last attempt failed.
    private(set) var trouble: String?

    mutating func take(_ snapshot: TopSnapshot) {
        previous = current
        current = snapshot
        trouble = nil
    }

    mutating func fail(_ reason: String) { trouble = reason }

    /// Tasks that workers have started, per second; `nil` when it can't be told yet.
    var rate: Double? { sum(current?.workers.map { rate(ofWorker: $0.node) } ?? []) }

    /// Of a worker. One that started anew counts from nothing.
    func rate(ofWorker node: String) -> Double? {
        perSecond { snapshot in snapshot.worker(node)?.startedCount }
    }

    /// How much faster a queue grows than it is worked off, in messages per second.
    func growth(ofQueue name: String) -> Double? {
        perSecond(onlyGrowing: false) { $0.queue(name)?.ready }
    }

    /// Dead letters that came since the snapshot before; those taken away don't count.
    func newDeadLetters(ofQueue name: String) -> Int? {
        guard let now = current?.queue(name)?.dead, let before = previous?.queue(name)?.dead else { return nil }
        return max(0, now - before)
    }

    /// A task by name: how often it is started per second, and has been in all.
    struct Row: Sendable, Hashable {
        let name: String
        let rate: Double?
        let started: Int
    }

    /// The tasks that are started most often, the busiest first.
    var tasks: [Row] {
        guard let current else { return [] }
        let rows = current.started.map { name, started in
            Row(name: name, rate: perSecond { $0.started[name] ?? 0 }, started: started)
        }
        return rows.sorted { ($0.rate ?? 0, $0.started, $1.name) > ($1.rate ?? 0, $1.started, $0.name) }
    }

    private func perSecond(onlyGrowing: Bool = true, _ count: (TopSnapshot) -> Int?) -> Double? {
        guard let current, let previous, current.takenAt > previous.takenAt, let now = count(current),
            let before = count(previous)
        else { return nil }
        let change = onlyGrowing && now < before ? now : now - before
        return Double(change) / (current.takenAt - previous.takenAt)
    }

    private func sum(_ rates: [Double?]) -> Double? {
        let known = rates.compactMap(\.self)
        return known.isEmpty ? nil : known.reduce(0, +)
    }
}

import DequeModule
import HeapModule

/// Held tickets in lanes: those with the same keys wait in line, and lanes take turns.
///
/// A lane is scheduled for the time at which it may be able to start its first ticket. Among lanes of the same time the
/// one that has been served longest ago is first, which is what makes an allowance that several share go around.
struct RateLanes: Sendable {
    typealias Time = ContinuousClock.Instant
    typealias ID = UInt64

    /// A ticket, and since when it is held: it may go, and be held again, while something still knows of it.
    struct Stay: Sendable, Hashable {
        let ticket: RateGate.Ticket
        let arrival: UInt64
    }

    private struct Lane: Sendable {
        let keys: [RateKey]
        /// Tickets that were taken out stay in line until they are first.
        var line: Deque<Stay> = []
        var count = 0
        var turn: UInt64
        /// When it is scheduled for; entries of the schedule with another time are outdated.
        var due: Time?
    }

    private struct Entry: Comparable, Sendable {
        let due: Time
        let turn: UInt64
        let lane: ID

        static func < (left: Entry, right: Entry) -> Bool {
            (left.due, left.turn, left.lane) < (right.due, right.turn, right.lane)
        }
    }

    private var lanes: [ID: Lane] = [:]
    private var ids: [[RateKey]: ID] = [:]
    private var held: [RateGate.Ticket: (lane: ID, arrival: UInt64)] = [:]
    private var schedule = Heap<Entry>()
    /// The lane that was the longest when one grew last.
    private var longest: ID?
    /// Numbers lanes, turns and arrivals.
    private var counter: UInt64 = 0

    var heldCount: Int { held.count }

    /// How many tickets stand in lines, those included that were taken out.
    var lineCount: Int { lanes.values.reduce(0) { $0 + $1.line.count } }

    /// All tickets in the order of their arrival.
    var tickets: [RateGate.Ticket] { held.sorted { $0.value.arrival < $1.value.arrival }.map(\.key) }

    func holds(_ stay: Stay) -> Bool { held[stay.ticket]?.arrival == stay.arrival }

    /// Whether a lane may grow: to half of the room that is left, so that one never fills it alone.
    func hasRoom(for keys: [RateKey], of maximum: Int) -> Bool {
        count(of: ids[keys]) < maximum - held.count
    }

    /// The newest ticket of a lane that is longer than that of these keys, and could make room for it.
    func newestOfLonger(than keys: [RateKey]) -> RateGate.Ticket? {
        guard let longest, count(of: longest) > count(of: ids[keys]) + 1 else { return nil }
        return lanes[longest]?.line.last?.ticket
    }

    /// The keys of a lane that has tickets.
    func keys(of lane: ID) -> [RateKey]? { lanes[lane]?.keys }

    /// Puts a ticket in line.
    ///
    /// - Returns: the lane if it is new, and has to be scheduled.
    mutating func append(_ ticket: RateGate.Ticket, _ keys: [RateKey]) -> (newLane: ID?, stay: Stay) {
        let known = ids[keys]
        let id = known ?? next()
        if known == nil {
            ids[keys] = id
            lanes[id] = Lane(keys: keys, turn: next())
        }
        let stay = Stay(ticket: ticket, arrival: next())
        lanes[id]?.line.append(stay)
        lanes[id]?.count += 1
        held[ticket] = (id, stay.arrival)
        if count(of: id) >= count(of: longest) { longest = id }
        return (known == nil ? id : nil, stay)
    }

    /// Schedules a lane, instead of what it was scheduled for.
    mutating func schedule(_ id: ID, at due: Time) {
        guard let turn = lanes[id]?.turn else { return }
        lanes[id]?.due = due
        schedule.insert(Entry(due: due, turn: turn, lane: id))
    }

    /// Takes the next lane whose time has come; it is not scheduled any more.
    mutating func popDue(_ now: Time) -> ID? {
        while let first = current(), first.due <= now {
            _ = schedule.popMin()
            lanes[first.lane]?.due = nil
            return first.lane
        }
        return nil
    }

    mutating func nextDue() -> Time? { current()?.due }

    /// Takes the first ticket of a lane, which is the last in turn then. A lane that is empty is gone.
    mutating func popFirst(_ id: ID) -> RateGate.Ticket? {
        while let stay = lanes[id]?.line.popFirst() {
            guard holds(stay) else { continue }
            held[stay.ticket] = nil
            let turn = next()
            lanes[id]?.turn = turn
            shrink(id)
            return stay.ticket
        }
        return nil
    }

    /// Takes a ticket out of its line, and returns its keys; `nil` when it is not held.
    mutating func remove(_ ticket: RateGate.Ticket) -> [RateKey]? {
        guard let (id, _) = held.removeValue(forKey: ticket), let keys = lanes[id]?.keys else { return nil }
        // A lane that is never served must not keep all that ever stood in it.
        while let first = lanes[id]?.line.first, !holds(first) { lanes[id]?.line.removeFirst() }
        while let last = lanes[id]?.line.last, !holds(last) { lanes[id]?.line.removeLast() }
        shrink(id)
        return keys
    }

    private func count(of lane: ID?) -> Int { lane.flatMap { lanes[$0]?.count } ?? 0 }

    private mutating func shrink(_ id: ID) {
        lanes[id]?.count -= 1
        guard let lane = lanes[id], lane.count == 0 else { return }
        lanes[id] = nil
        ids[lane.keys] = nil
    }

    /// The first entry of the schedule that still holds.
    private mutating func current() -> Entry? {
        while let first = schedule.min {
            if let lane = lanes[first.lane], lane.due == first.due, lane.turn == first.turn { return first }
            _ = schedule.popMin()
        }
        return nil
    }

    private mutating func next() -> UInt64 {
        counter += 1
        return counter
    }
}

import HeapModule

/// Lets tasks start no faster, and no more at a time, than their rules allow: now, later from memory, or later from the
/// broker.
///
/// A value without a clock and without the tasks: it knows tickets, numbers that its owner gives out. What it says of a
/// ticket:
///
/// | verdict | the owner |
/// |---|---|
/// | `.admit` | runs the task, and says `finish` when the body has ended |
/// | `.hold` | keeps it in memory, unsettled, until `advance` says what becomes of it |
/// | `.park` | publishes it into the delay queues, confirmed, and acks it; it comes again as a new ticket |
///
/// A task that can't be parked comes again as well, and its owner says `giveBackPlace`.
///
/// - A rate holds over time: what a timer is late is made good, up to `catchUp`.
/// - Held tasks that share an allowance take turns by their other keys, so that a tenant with a thousand of them waits
///   as long for its next one as a tenant with one.
/// - Nothing is held beyond `holdLimit`, nor more than `maximumHeld`; each tenant may have at most half of the room that
///   is left, so there always is some. Who has more than others makes room for them: what is parked comes back behind all
///   that is in the queue, and a tenant with few tasks would wait there for the many of others. What does not fit is
///   parked, spread over time at the rate.
/// - Keys are bounded: idle ones are forgotten, and if that is not enough, further values of an argument share one
///   allowance until some are.
struct RateGate: Sendable {
    typealias Time = ContinuousClock.Instant
    typealias Ticket = UInt64

    struct Options: Sendable, Hashable {
        /// How long a task may be held in memory: `eta_hold_limit`.
        var holdLimit: Duration = .seconds(30)
        /// How many tasks may be held in memory.
        var maximumHeld = 1_000
        /// How many allowances are kept.
        var maximumKeys = 10_000
        /// How long to park for a slot under a concurrency cap, of which nobody knows when it will be free.
        var slotParking: Duration = .seconds(10)
    }

    enum Verdict: Sendable, Hashable {
        case admit
        /// `until` is when its turn is expected; `nil` while it waits for a slot.
        case hold(until: Time?)
        case park(for: Duration)
    }

    /// What has become of a held ticket.
    struct Release: Sendable, Hashable {
        let ticket: Ticket
        /// `nil` is admitted; else it has been held for too long, and is to be parked for so long.
        let parking: Duration?
    }

    /// How much of a timer's lateness is made good, at the price of starts that are closer than the rate says.
    static let catchUp: Duration = .milliseconds(40)

    let options: Options
    private(set) var rules: RateRules
    private var keys: RateKeys
    private var lanes = RateLanes()
    /// The keys with a slot that admitted tickets occupy.
    private var running: [Ticket: [RateKey]] = [:]
    private var deadlines = Heap<RateDeadline>()
    /// Those that made room for others, and are to be parked.
    private var displaced: [Release] = []

    init(rules: RateRules, options: Options = Options()) {
        self.rules = rules
        self.options = options
        keys = RateKeys(maximum: options.maximumKeys)
    }

    /// How many tickets are held.
    var heldCount: Int { lanes.heldCount }

    /// How many allowances are kept.
    var keyCount: Int { keys.count }

    /// Judges a task that has arrived.
    ///
    /// - Parameters:
    ///   - keys: from `RateRules.keys`; without any it is admitted, at no cost.
    ///   - holdLimit: how long it may be held, where that is less than others may.
    mutating func arrive(
        _ ticket: Ticket,
        keys wanted: [RateKey],
        at now: Time,
        holdLimit: Duration? = nil
    ) -> Verdict {
        let holdLimit = min(holdLimit ?? options.holdLimit, options.holdLimit)
        if wanted.isEmpty { return .admit }
        let wanted = keys.intern(wanted, rules, now)
        let waitsForNobody = wanted.allSatisfy { keys[$0]?.waiting == 0 }
        if waitsForNobody, let ready = keys.ready(wanted), ready <= now {
            admit(ticket, wanted, at: now)
            return .admit
        }
        let wait = keys.expectedWait(wanted, now)
        if wait > holdLimit || !makeRoom(for: wanted, now) { return .park(for: parking(wanted, now)) }
        for key in wanted { keys.update(key) { $0.waiting += 1 } }
        let (lane, stay) = lanes.append(ticket, wanted)
        deadlines.insert(RateDeadline(time: now + holdLimit, stay: stay))
        if let lane { schedule(lane, now) }
        return .hold(until: wait > .zero ? now + wait : nil)
    }

    /// Takes note of the time: admits held tickets in fair order, and gives up those that have been held for too long.
    mutating func advance(to now: Time) -> [Release] {
        var releases = displaced
        displaced = []
        while let lane = lanes.popDue(now) {
            guard let wanted = lanes.keys(of: lane) else { continue }
            guard let ready = keys.ready(wanted), ready <= now else {
                schedule(lane, now)
                continue
            }
            guard let ticket = lanes.popFirst(lane) else { continue }
            for key in wanted { keys.update(key) { $0.waiting -= 1 } }
            admit(ticket, wanted, at: max(ready, now - RateGate.catchUp))
            releases.append(Release(ticket: ticket, parking: nil))
            if lanes.keys(of: lane) != nil { schedule(lane, now) }
        }
        while let first = deadlines.min, first.time <= now {
            _ = deadlines.popMin()
            guard lanes.holds(first.stay), let wanted = remove(first.stay.ticket, now) else { continue }
            releases.append(Release(ticket: first.stay.ticket, parking: parking(wanted, now)))
        }
        return releases
    }

    /// When `advance` has something to do next, if nothing else happens; `nil` for never.
    mutating func nextChange() -> Time? {
        if !displaced.isEmpty { return .distantPast }
        while let first = deadlines.min, !lanes.holds(first.stay) { _ = deadlines.popMin() }
        let times = [lanes.nextDue(), deadlines.min?.time].compactMap { $0 }
        return times.min()
    }

    /// Notes that an admitted task has ended: its slots are free. Ask `advance` then.
    mutating func finish(_ ticket: Ticket, at now: Time) {
        guard let occupied = running.removeValue(forKey: ticket) else { return }
        for key in occupied {
            keys.update(key) { $0.running -= 1 }
            wakeNext(key, now)
        }
    }

    /// Gives back the place of a task with these keys among those that are parked: it could not be.
    mutating func giveBackPlace(_ wanted: [RateKey]) { keys.giveBackPlace(wanted) }

    /// Forgets a held ticket: revoked, or its connection is gone. Ask `advance` then.
    mutating func withdraw(_ ticket: Ticket, at now: Time) {
        if remove(ticket, now) == nil { displaced.removeAll { $0.ticket == ticket } }
    }

    /// Forgets all held tickets, and returns them in the order of their arrival.
    mutating func withdrawAll() -> [Ticket] {
        keys.forgetWaiting()
        deadlines = Heap()
        defer { (lanes, displaced) = (RateLanes(), []) }
        return lanes.tickets + displaced.map(\.ticket)
    }

    /// Puts other rules into force. A rule of the same name and partition keeps the count of what runs; where its rate
    /// is the same as well, also what is used up of it.
    ///
    /// - Returns: the held tickets in the order of their arrival: they have to arrive once more, with new keys.
    mutating func setRules(_ rules: RateRules, at now: Time) -> [Ticket] {
        let tickets = withdrawAll()
        let places = self.rules.rules.map { old in
            rules.rules.firstIndex { $0.name == old.name && $0.partition == old.partition }
        }
        func moved(_ key: RateKey) -> RateKey? { places[key.rule].map { RateKey(rule: $0, value: key.value) } }
        running = running.mapValues { $0.compactMap(moved) }.filter { !$0.value.isEmpty }
        keys.replace(by: moved, rules, now)
        self.rules = rules
        return tickets
    }

    private mutating func admit(_ ticket: Ticket, _ wanted: [RateKey], at time: Time) {
        var occupied: [RateKey] = []
        for key in wanted {
            keys.update(key) { $0.start(at: time) }
            if keys[key]?.concurrency != nil { occupied.append(key) }
        }
        if !occupied.isEmpty { running[ticket] = occupied }
    }

    private mutating func makeRoom(for wanted: [RateKey], _ now: Time) -> Bool {
        if lanes.hasRoom(for: wanted, of: options.maximumHeld) { return true }
        guard let ticket = lanes.newestOfLonger(than: wanted), let keys = remove(ticket, now) else { return false }
        displaced.append(Release(ticket: ticket, parking: parking(keys, now)))
        return true
    }

    private mutating func remove(_ ticket: Ticket, _ now: Time) -> [RateKey]? {
        guard let wanted = lanes.remove(ticket) else { return nil }
        for key in wanted {
            keys.update(key) { $0.waiting -= 1 }
            // Its lane may have been woken for a slot that somebody else can use now.
            wakeNext(key, now)
        }
        return wanted
    }

    /// Lets a lane wait for its token, or for a slot.
    private mutating func schedule(_ lane: RateLanes.ID, _ now: Time) {
        guard let wanted = lanes.keys(of: lane) else { return }
        if let full = wanted.first(where: { !keys.hasSlot($0) }) {
            keys.update(full) { $0.blocked.append(lane) }
            for key in wanted where key != full { wakeNext(key, now) }
        } else if let ready = keys.ready(wanted) {
            lanes.schedule(lane, at: ready)
            if ready > now { for key in wanted { wakeNext(key, now) } }
        }
    }

    /// Lets the lane that has waited longest for a free slot try again.
    private mutating func wakeNext(_ key: RateKey, _ now: Time) {
        guard keys[key]?.concurrency != nil, keys.hasSlot(key) else { return }
        while let lane = keys.takeBlocked(key) {
            guard lanes.keys(of: lane) != nil else { continue }
            lanes.schedule(lane, at: now)
            return
        }
    }

    private mutating func parking(_ wanted: [RateKey], _ now: Time) -> Duration {
        keys.park(wanted, now: now, slotParking: options.slotParking)
    }
}

/// When a held ticket has been held long enough.
private struct RateDeadline: Comparable, Sendable {
    let time: ContinuousClock.Instant
    let stay: RateLanes.Stay

    static func < (left: RateDeadline, right: RateDeadline) -> Bool {
        (left.time, left.stay.arrival) < (right.time, right.stay.arrival)
    }
}

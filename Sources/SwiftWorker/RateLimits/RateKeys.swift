import DequeModule

/// The allowances of a gate: how much of each rule is used up, for each value of its argument.
struct RateKeys: Sendable {
    typealias Time = ContinuousClock.Instant

    /// The state of one allowance.
    struct Allowance: Sendable {
        var bucket: TokenBucket?
        let concurrency: Int?
        /// Tasks that run; counted only where that is limited, for nobody says otherwise that they have ended.
        var running = 0
        /// Tickets that are held.
        var waiting = 0
        /// When the next parked ticket is to come back.
        var nextReturn: Time
        /// Lanes that wait for a slot, the longest first.
        var blocked: Deque<RateLanes.ID> = []

        init(_ rule: RateRule, _ now: Time) {
            bucket = rule.rate.map { TokenBucket(interval: $0.interval, burst: rule.burst, now: now) }
            concurrency = rule.concurrency
            nextReturn = now
        }

        var hasSlot: Bool { concurrency.map { running < $0 } ?? true }

        /// Uses the allowance for one task.
        mutating func start(at time: Time) {
            bucket?.take(at: time)
            if concurrency != nil { running += 1 }
        }

        func isIdle(at now: Time) -> Bool {
            running == 0 && waiting == 0 && nextReturn <= now && bucket?.isFull(at: now) ?? true
        }

        /// Takes over from the allowance under another rule: what runs, and what is used up if the rate is the same.
        mutating func takeOver(_ old: Allowance) {
            running = old.running
            guard bucket?.interval == old.bucket?.interval, bucket?.burst == old.bucket?.burst else { return }
            bucket = old.bucket
            nextReturn = old.nextReturn
        }
    }

    /// How often idle ones are looked for when there is no room.
    private static let sweepInterval: Duration = .seconds(1)

    private let maximum: Int
    private var allowances: [RateKey: Allowance] = [:]
    private var nextSweep: Time?

    init(maximum: Int) {
        self.maximum = maximum
    }

    var count: Int { allowances.count }

    /// The allowance of a key that was made known by `intern`.
    subscript(key: RateKey) -> Allowance? { allowances[key] }

    /// Changes the allowance of a known key.
    mutating func update(_ key: RateKey, _ change: (inout Allowance) -> Void) {
        guard let index = allowances.index(forKey: key) else { return }
        change(&allowances.values[index])
    }

    /// Whether a task may start as far as concurrency is concerned.
    func hasSlot(_ key: RateKey) -> Bool { allowances[key]?.hasSlot ?? true }

    /// Makes keys known, or replaces those that there is no room for.
    mutating func intern(_ wanted: [RateKey], _ rules: RateRules, _ now: Time) -> [RateKey] {
        wanted.map { key in
            if allowances[key] != nil { return key }
            let key = hasRoom(now) ? key : Self.overflow(of: key)
            if allowances[key] == nil { allowances[key] = Allowance(rules.rules[key.rule], now) }
            return key
        }
    }

    /// The key under which the values beyond the bound share.
    private static func overflow(of key: RateKey) -> RateKey { RateKey(rule: key.rule, value: "\u{0}") }

    private mutating func hasRoom(_ now: Time) -> Bool {
        if allowances.count < maximum { return true }
        if let nextSweep, now < nextSweep { return false }
        nextSweep = now + Self.sweepInterval
        allowances = allowances.filter { !$0.value.isIdle(at: now) }
        return allowances.count < maximum
    }

    /// When all of these have a token; `nil` when one has no slot.
    func ready(_ wanted: [RateKey]) -> Time? {
        guard wanted.allSatisfy(hasSlot) else { return nil }
        return wanted.compactMap { self[$0]?.bucket?.ready }.max() ?? .distantPast
    }

    /// How long a new ticket will wait for its tokens, behind those that are held already.
    func expectedWait(_ wanted: [RateKey], _ now: Time) -> Duration {
        let times = wanted.compactMap { key -> Time? in
            guard let allowance = self[key] else { return nil }
            return allowance.bucket?.ready(behind: allowance.waiting)
        }
        return max(.zero, (times.max() ?? now) - now)
    }

    /// Says how long to park, one after the other at the rate: behind those that are held, and those that are parked.
    ///
    /// Each allowance counts its own places: a slow tenant's are not to keep others from a rate that they share.
    mutating func park(_ wanted: [RateKey], now: Time, slotParking: Duration) -> Duration {
        let soonest = now + .seconds(1)
        var time = soonest
        for key in wanted {
            guard let allowance = self[key] else { continue }
            guard let bucket = allowance.bucket else {
                time = max(time, now + slotParking)
                continue
            }
            let place = max(soonest, bucket.ready(behind: allowance.waiting), allowance.nextReturn)
            update(key) { $0.nextReturn = place + bucket.interval }
            time = max(time, place)
        }
        return time - now
    }

    /// Gives back a place that `park` has counted.
    mutating func giveBackPlace(_ wanted: [RateKey]) {
        for key in wanted {
            update(allowances[key] == nil ? Self.overflow(of: key) : key) { allowance in
                guard let bucket = allowance.bucket else { return }
                allowance.nextReturn -= bucket.interval
            }
        }
    }

    mutating func takeBlocked(_ key: RateKey) -> RateLanes.ID? {
        var lane: RateLanes.ID?
        update(key) { lane = $0.blocked.popFirst() }
        return lane
    }

    mutating func forgetWaiting() {
        allowances = allowances.mapValues { allowance in
            var allowance = allowance
            allowance.waiting = 0
            allowance.blocked = []
            return allowance
        }
    }

    /// Puts other rules into force, in which the keys have other places.
    mutating func replace(by moved: (RateKey) -> RateKey?, _ rules: RateRules, _ now: Time) {
        var kept: [RateKey: Allowance] = [:]
        for (key, old) in allowances where !old.isIdle(at: now) {
            guard let key = moved(key) else { continue }
            var allowance = Allowance(rules.rules[key.rule], now)
            allowance.takeOver(old)
            kept[key] = allowance
        }
        allowances = kept
    }
}

extension ContinuousClock.Instant {
    /// Before anything that happens.
    static let distantPast = ContinuousClock.now - .seconds(1 << 40)
}

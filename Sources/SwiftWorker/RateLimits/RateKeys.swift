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
    }

    /// The value under which the values beyond the bound share.
    private static let overflow = "\u{0}"
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
            let key = hasRoom(now) ? key : RateKey(rule: key.rule, value: Self.overflow)
            if allowances[key] == nil { allowances[key] = Allowance(rules.rules[key.rule], now) }
            return key
        }
    }

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
    mutating func park(_ wanted: [RateKey], now: Time, slotParking: Duration) -> Duration {
        var time = now + .seconds(1)
        for key in wanted {
            guard let allowance = self[key] else { continue }
            if let bucket = allowance.bucket {
                time = max(time, bucket.ready(behind: allowance.waiting), allowance.nextReturn)
            } else {
                time = max(time, now + slotParking)
            }
        }
        for key in wanted {
            update(key) { allowance in
                guard let bucket = allowance.bucket else { return }
                allowance.nextReturn = time + bucket.interval
            }
        }
        return time - now
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

    /// Keeps what runs under other rules, and begins anew with everything else.
    mutating func replace(by moved: (RateKey) -> RateKey?, _ rules: RateRules) {
        var kept: [RateKey: Allowance] = [:]
        for (key, old) in allowances where old.running > 0 {
            guard let key = moved(key) else { continue }
            var allowance = Allowance(rules.rules[key.rule], old.nextReturn)
            allowance.running = old.running
            kept[key] = allowance
        }
        allowances = kept
    }
}

extension ContinuousClock.Instant {
    /// Before anything that happens.
    static let distantPast = ContinuousClock.now - .seconds(1 << 40)
}

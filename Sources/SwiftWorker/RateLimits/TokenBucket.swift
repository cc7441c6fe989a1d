/// Spaces starts so that a rate holds: a token bucket kept as the time of its next token, which is exact, since there is
/// no level that would have to be rounded at each look.
struct TokenBucket: Sendable {
    typealias Time = ContinuousClock.Instant

    /// From one token to the next.
    let interval: Duration
    /// How many tokens an idle bucket has saved up; 1 is none but the next.
    let burst: Int
    /// When the bucket has been idle long enough to be full again.
    private var full: Time

    /// A full bucket.
    init(interval: Duration, burst: Int = 1, now: Time) {
        self.interval = interval
        self.burst = max(1, burst)
        full = now
    }

    /// When the next token is there, perhaps in the past.
    var ready: Time { full - interval * (burst - 1) }

    /// When it is there behind so many others that take one first.
    func ready(behind others: Int) -> Time { ready + interval * others }

    /// Whether nothing would be lost by forgetting it.
    func isFull(at now: Time) -> Bool { full <= now }

    /// Takes the next token.
    ///
    /// - Parameter time: when it was due: not before `ready`. Whoever waited for it is not to lose what the timer was
    ///   late, since that would add up to a lower rate.
    mutating func take(at time: Time) {
        full = max(full, time) + interval
    }
}

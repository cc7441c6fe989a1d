/// When a child process may be started: at once, unless the last ones did not become ready; pure.
struct StartPolicy: Sendable {
    /// After so many failures in a row the pool is told to be of no use.
    static let patience = 8

    /// Failures in a row.
    private(set) var failures = 0
    /// No start before.
    private(set) var notBefore: ContinuousClock.Instant?

    /// How many of the missing children to start. After a failure only one is tried, alone.
    func allowance(of missing: Int, starting: Int, at now: ContinuousClock.Instant) -> Int {
        guard failures > 0 else { return missing }
        guard starting == 0, notBefore.map({ now >= $0 }) ?? true else { return 0 }
        return min(1, missing)
    }

    /// Notes a child that was not ready in time or died before.
    ///
    /// Those that fail together count once.
    ///
    /// - Returns: how long no other is started: 0.1 s, doubled each time, 30 s at most.
    mutating func failed(at now: ContinuousClock.Instant) -> Duration {
        if let notBefore, now < notBefore { return notBefore - now }
        let pause = min(.milliseconds(100 << min(failures, 16)), Duration.seconds(30))
        failures += 1
        notBefore = now + pause
        return pause
    }

    /// Notes a child that became ready.
    mutating func succeeded() {
        failures = 0
        notBefore = nil
    }
}

/// Counts failed attempts of one connection and says what comes next.
struct Backoff {
    /// What to do behind a failure.
    enum Step: Equatable {
        case retry(after: Duration)
        case giveUp
    }

    let policy: RetryPolicy
    private(set) var attempt = 0
    /// Whether there has been a working connection before.
    private(set) var wasConnected = false

    init(policy: RetryPolicy) {
        self.policy = policy
    }

    /// Takes note of a connection: what fails from now on is no start-up any more.
    mutating func connected() {
        wasConnected = true
    }

    /// Takes note of a success: the next failure is the first again.
    mutating func succeeded() {
        attempt = 0
    }

    /// Takes note of a failed attempt.
    ///
    /// - Parameter random: a number from 0 to 1.
    mutating func failed(random: Double) -> Step {
        attempt += 1
        guard wasConnected ? policy.isEnabled : policy.isEnabled && policy.onStartup else { return .giveUp }
        if let limit = policy.limit, attempt > limit { return .giveUp }
        return .retry(after: Backoff.pause(policy, attempt: attempt, random: random))
    }

    /// The pause behind the loss of a working connection: short, only to spread the crowd.
    func pauseAfterLoss(random: Double) -> Duration {
        policy.minimum * min(max(random, 0), 1)
    }

    private static func pause(_ policy: RetryPolicy, attempt: Int, random: Double) -> Duration {
        var bound = policy.initial
        for _ in 1..<min(max(attempt, 1), 32) {
            bound = min(bound * 2, policy.maximum)
        }
        bound = min(bound, policy.maximum)
        guard bound > policy.minimum else { return bound }
        return policy.minimum + (bound - policy.minimum) * min(max(random, 0), 1)
    }
}

/// Caps the retries per task type and minute: a circuit breaker, so that a service that is down is not hammered.
///
/// A value without a clock: whoever owns it says what time it is, on a clock that only goes forward.
///
/// | state of a type | a retry | a success |
/// |---|---|---|
/// | working | counts; the one past the cap pauses the type | nothing |
/// | paused | is put off until the end of the pause | nothing |
/// | on trial, from the end of a pause on | pauses again, twice as long | working |
///
/// While a type is paused its messages are left in the broker; the retries themselves are published nevertheless, with an
/// ETA behind the pause, so nothing is lost.
struct RetryBudget: Sendable {
    typealias Time = ContinuousClock.Instant

    /// What a retry means for its type.
    enum Verdict: Sendable, Hashable {
        case within
        /// The type has just been paused, for so long: stop its intake, and put this retry off.
        case tripped(for: Duration)
        /// It is paused already, for so long from now: put this retry off.
        case paused(for: Duration)

        /// How long the retry has to wait at least.
        var delay: Duration {
            switch self {
            case .within: .zero
            case .tripped(let duration), .paused(let duration): duration
            }
        }
    }

    /// The first whose pattern fits a type is the type's.
    private let rules: [RetryBudgetSettings]
    /// Types that have retried lately or are paused. They are registered tasks, so their number is bounded.
    private var types: [String: TypeState] = [:]
    /// Where the counting of seconds begins.
    private let origin: Time

    init(_ rules: [RetryBudgetSettings], now: Time) {
        self.rules = rules
        origin = now
    }

    /// Counts a retry that has been decided on.
    mutating func retry(_ task: String, at now: Time) -> Verdict {
        guard let rule = rules.first(where: { Glob.matches(task, pattern: $0.pattern) }) else { return .within }
        var state = types[task] ?? TypeState()
        defer { types[task] = state }
        if let until = state.pausedUntil {
            if now < until { return .paused(for: until - now) }
            // On trial: one retry is proof enough that nothing has become better.
            return trip(&state, rule, now)
        }
        guard state.window.add(second: second(now)) > rule.retriesPerMinute else { return .within }
        return trip(&state, rule, now)
    }

    /// Notes that a task has succeeded.
    ///
    /// - Returns: whether that ends its type's trial.
    mutating func success(_ task: String, at now: Time) -> Bool {
        guard let until = types[task]?.pausedUntil, now >= until else { return false }
        types[task] = nil
        return true
    }

    /// Ends the pauses of the types that a pattern fits, by an operator's word.
    ///
    /// - Returns: the types that were paused.
    mutating func resume(matching pattern: String, at now: Time) -> [String] {
        let resumed = paused(at: now).map(\.task).filter { Glob.matches($0, pattern: pattern) }
        for task in resumed { types[task] = nil }
        return resumed
    }

    /// How long a type is still paused; `nil` when it is not.
    func pause(of task: String, at now: Time) -> Duration? {
        guard let until = types[task]?.pausedUntil, now < until else { return nil }
        return until - now
    }

    /// The paused types with what remains of their pauses, by name: for status, metrics and a timer.
    func paused(at now: Time) -> [(task: String, remaining: Duration)] {
        types.compactMap { task, state in
            guard let until = state.pausedUntil, now < until else { return nil }
            return (task, until - now)
        }
        .sorted { $0.task < $1.task }
    }

    private func trip(_ state: inout TypeState, _ rule: RetryBudgetSettings, _ now: Time) -> Verdict {
        // Doubling needs no more than this many steps to reach any maximum.
        let pause = min(rule.pause * (1 << min(state.trips, 20)), rule.maximumPause)
        state.trips += 1
        state.pausedUntil = now + pause
        return .tripped(for: pause)
    }

    private func second(_ now: Time) -> Int64 { max(0, (now - origin).components.seconds) }

    private struct TypeState {
        var window = RetryWindow()
        /// The end of the pause; in the past while the type is on trial.
        var pausedUntil: Time?
        /// How often it has been paused in a row.
        var trips = 0
    }
}

/// Counts events of the last 60 s, by seconds.
private struct RetryWindow {
    private var counts: [Int32] = []
    private var last: Int64 = 0
    private var total = 0

    private static let seconds = 60

    /// Counts one event and returns how many there are in the window. A second before the last one counts as that.
    mutating func add(second: Int64) -> Int {
        if counts.isEmpty {
            counts = Array(repeating: 0, count: Self.seconds)
            last = second
        }
        forget(upTo: max(second, last))
        counts[index(last)] += 1
        total += 1
        return total
    }

    private mutating func forget(upTo second: Int64) {
        for step in 0..<min(second - last, Int64(Self.seconds)) {
            let index = index(last + 1 + step)
            total -= Int(counts[index])
            counts[index] = 0
        }
        last = second
    }

    private func index(_ second: Int64) -> Int { Int(second % Int64(Self.seconds)) }
}

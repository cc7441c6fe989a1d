/// Keeps a rate: says how long to wait before the next one.
struct LetterPace {
    private let interval: Duration?
    private var next: ContinuousClock.Instant?

    /// - Parameter rate: so many a second; `nil` is without limit.
    init(rate: Double?) {
        interval = rate.map { .seconds(1 / $0) }
    }

    /// Waits for the next one's turn.
    mutating func wait() async throws {
        guard let interval else { return }
        let now = ContinuousClock.now
        let turn = max(next ?? now, now)
        next = turn + interval
        if turn > now { try await Task.sleep(until: turn) }
    }
}

import Threads

/// Says how far a move has come, once a second.
final class MigrationProgress: Sendable {
    private let console: Console
    private let what: String
    private let total: Int
    private let next: Lock<ContinuousClock.Instant>

    private static let interval: Duration = .seconds(1)

    init(console: Console, what: String, total: Int) {
        self.console = console
        self.what = what
        self.total = total
        next = Lock(ContinuousClock.now + Self.interval)
    }

    @Sendable func moved(_ count: Int) {
        let isDue = next.withLock { next in
            guard ContinuousClock.now >= next else { return false }
            next = ContinuousClock.now + Self.interval
            return true
        }
        if isDue { console.print("\(what): \(count) of \(max(count, total)) messages") }
    }

    func finish(_ count: Int) {
        if count > 0 { console.print("\(what): \(count) messages, done") }
    }
}

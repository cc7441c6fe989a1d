public import CeleryProtocol
import FoundationEssentials

/// The two clocks of a worker, so that tests can bring their own.
public struct WorkerClock: Sendable {
    /// The time of day, for `eta`, `expires` and dates that are stored.
    public let wall: @Sendable () -> Instant
    /// The time that only goes forward, evenly, for how long something takes or lasts.
    public let monotonic: @Sendable () -> ContinuousClock.Instant
    /// Sleeps on monotonic time.
    public let sleep: @Sendable (Duration) async throws -> Void

    public init(
        wall: @escaping @Sendable () -> Instant,
        monotonic: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wall = wall
        self.monotonic = monotonic
        self.sleep = sleep
    }

    /// The system's clocks.
    public static let system = WorkerClock(
        wall: { Instant(secondsSince1970: Date().timeIntervalSince1970) },
        sleep: { try await Task.sleep(for: $0) }
    )
}

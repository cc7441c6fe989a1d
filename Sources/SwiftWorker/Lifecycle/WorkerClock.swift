public import CeleryProtocol
import FoundationEssentials

/// The two clocks of a worker, so that tests can bring their own.
public struct WorkerClock: Sendable {
    /// The time of day, for `eta`, `expires` and dates that are stored.
    public let wall: @Sendable () -> Instant
    /// Sleeps on monotonic time.
    public let sleep: @Sendable (Duration) async throws -> Void

    public init(
        wall: @escaping @Sendable () -> Instant,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        self.wall = wall
        self.sleep = sleep
    }

    /// The system's clocks.
    public static let system = WorkerClock(
        wall: { Instant(secondsSince1970: Date().timeIntervalSince1970) },
        sleep: { try await Task.sleep(for: $0) }
    )
}

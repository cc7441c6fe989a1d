import CeleryProtocol
import Threads

/// The worker's logical clock, which events, mingling and control commands share (Celery reference, 6.5).
final class LogicalClock: Sendable {
    private let clock = Lock(LamportClock())

    var time: Int { clock.withLock { $0.time } }

    /// The time of something that happens now.
    func forward() -> Int { clock.withLock { $0.forward() } }

    /// Takes note of another worker's time.
    func adjust(to other: Int) { clock.withLock { $0.adjust(to: other) } }
}

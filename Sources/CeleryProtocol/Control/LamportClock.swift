/// A logical clock, which only goes forward: replies carry its time (Celery reference, 7.2).
public struct LamportClock: Sendable, Hashable {
    public private(set) var time = 0

    public init() {}

    /// Takes note of another one's time; what is no sensible time is left out.
    public mutating func adjust(to other: Int) {
        guard (0..<Int.max / 2).contains(other) else { return }
        time = max(time, other) + 1
    }

    /// The time of something that happens now.
    public mutating func forward() -> Int {
        time += 1
        return time
    }
}

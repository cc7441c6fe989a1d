/// When an event happened.
public struct EventStamp: Sendable, Hashable {
    public var time: Instant
    /// The logical time, which orders the events of all workers.
    public var clock: Int
    /// Hours that the machine's clock is west of UTC, as Python has it.
    public var utcOffset: Double

    public init(time: Instant, clock: Int, utcOffset: Double) {
        self.time = time
        self.clock = clock
        self.utcOffset = utcOffset
    }
}

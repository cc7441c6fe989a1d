/// A time of day: Python's `datetime.time`, with microseconds and perhaps an offset from UTC.
public struct PythonTime: Sendable, Hashable {
    /// 0 to 23.
    public let hour: Int
    /// 0 to 59.
    public let minute: Int
    /// 0 to 59.
    public let second: Int
    /// 0 to 999,999.
    public let microsecond: Int
    /// Seconds east of UTC; `nil` for a naive time.
    public let utcOffset: Int?

    /// Midnight, naive.
    public init() {
        hour = 0
        minute = 0
        second = 0
        microsecond = 0
        utcOffset = nil
    }

    /// Makes a time, or `nil` when a part is out of its range.
    public init?(hour: Int, minute: Int, second: Int = 0, microsecond: Int = 0, utcOffset: Int? = nil) {
        guard (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second) else { return nil }
        guard (0...999_999).contains(microsecond) else { return nil }
        if let utcOffset, !(-86_399...86_399).contains(utcOffset) { return nil }
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
        self.utcOffset = utcOffset
    }

    /// Reads a time form of ISO 8601, for example `03:04:05.000006`.
    public init?(iso8601 text: String) {
        guard let value = ISO8601Parser.time(text) else { return nil }
        self = value
    }

    /// The text that Python's `isoformat()` gives.
    public var iso8601: String {
        var writer = DigitWriter()
        writer.append(self)
        return writer.text
    }

    /// Microseconds since midnight, the offset aside.
    var microsecondsSinceMidnight: Int64 {
        Int64((hour * 60 + minute) * 60 + second) * 1_000_000 + Int64(microsecond)
    }
}

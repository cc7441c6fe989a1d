/// An absolute time in whole microseconds, as exact as Celery's ISO texts.
///
/// A `Date` would do, but is slower to read and write and rounds microseconds.
public struct Instant: Sendable, Hashable, Comparable {
    /// Since 1970-01-01T00:00:00Z, leap seconds not counted.
    public var microseconds: Int64

    public init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Makes the time from seconds, rounded to microseconds; values beyond the range are clamped, NaN is 1970.
    public init(secondsSince1970 seconds: Double) {
        let scaled = (seconds * 1_000_000).rounded()
        if scaled.isNaN {
            microseconds = 0
        } else {
            microseconds = Int64(exactly: scaled) ?? (scaled < 0 ? .min : .max)
        }
    }

    /// Reads what Celery writes and accepts as `eta` and `expires` (Celery reference, 1.2); a naive text is UTC.
    ///
    /// Returns `nil` for anything else, for example a day that does not exist.
    public init?(iso8601 text: String) {
        guard let value = ISO8601Parser.dateTime(text) else { return nil }
        self = value.instant
    }

    /// Seconds since 1970; exact to a microsecond for some thousand years.
    public var secondsSince1970: Double { Double(microseconds) / 1_000_000 }

    /// The text of Python's `isoformat()` for an aware time, as a clock `offsetSeconds` east of UTC shows it: no
    /// fraction for whole seconds, `+00:00` for UTC. Times outside the years 1 to 9999 give the nearest bound.
    public func iso8601(offsetSeconds: Int = 0) -> String {
        var writer = DigitWriter()
        writer.append(self, offsetSeconds: offsetSeconds)
        return writer.text
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    /// The time so much later; clamped to the range.
    public static func + (left: Instant, right: Duration) -> Instant {
        let (sum, overflow) = left.microseconds.addingReportingOverflow(right.wholeMicroseconds)
        guard overflow else { return Instant(microseconds: sum) }
        return Instant(microseconds: right < .zero ? .min : .max)
    }

    /// The time so much earlier; clamped to the range.
    public static func - (left: Instant, right: Duration) -> Instant {
        left + .microseconds(-right.wholeMicroseconds)
    }

    /// The time from `right` to `left`.
    public static func - (left: Instant, right: Instant) -> Duration {
        .microseconds(left.microseconds) - .microseconds(right.microseconds)
    }
}

extension Duration {
    /// Whole microseconds, rounded toward zero and clamped.
    var wholeMicroseconds: Int64 {
        let (seconds, attoseconds) = components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let limit = Int64.max / 2
        guard !overflow, abs(seconds) < limit / 1_000_000 else { return seconds < 0 ? -limit : limit }
        return scaled + attoseconds / 1_000_000_000_000
    }
}

extension DigitWriter {
    mutating func append(_ instant: Instant, offsetSeconds: Int) {
        let first = Instant(microseconds: -719_162 * 86_400_000_000)
        let last = Instant(microseconds: 2_932_897 * 86_400_000_000 - 1)
        if let value = PythonDateTime(instant, utcOffset: offsetSeconds) {
            append(value)
        } else if let value = PythonDateTime(instant < first ? first : last) {
            append(value)
        }
    }
}

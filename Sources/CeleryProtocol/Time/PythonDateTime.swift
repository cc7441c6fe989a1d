/// A date with a time of day: Python's `datetime.datetime`, which keeps whether it was naive and which offset it had.
///
/// For an absolute time without these, use `Instant` or Foundation's `Date`.
public struct PythonDateTime: Sendable, Hashable {
    public let date: PythonDate
    /// The time of day; its `utcOffset` is the whole value's.
    public let time: PythonTime

    public init(date: PythonDate, time: PythonTime) {
        self.date = date
        self.time = time
    }

    /// Makes the time as a clock `utcOffset` seconds east of UTC shows it; `nil` outside the years 1 to 9999.
    public init?(_ instant: Instant, utcOffset: Int = 0) {
        let (local, overflow) = instant.microseconds.addingReportingOverflow(Int64(utcOffset) * 1_000_000)
        guard !overflow else { return nil }
        var days = local / 86_400_000_000
        var rest = local % 86_400_000_000
        if rest < 0 {
            rest += 86_400_000_000
            days -= 1
        }
        guard (-719_162...2_932_896).contains(days) else { return nil }
        let seconds = Int(rest / 1_000_000)
        let civil = CivilCalendar.date(days: Int(days))
        let date = PythonDate(year: civil.year, month: civil.month, day: civil.day)
        let time = PythonTime(
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            microsecond: Int(rest % 1_000_000),
            utcOffset: utcOffset
        )
        guard let date, let time else { return nil }
        self.init(date: date, time: time)
    }

    /// Reads any form of ISO 8601 that Celery reads; without offset the value is naive.
    public init?(iso8601 text: String) {
        guard let value = ISO8601Parser.dateTime(text) else { return nil }
        self = value
    }

    /// Whether it has no offset.
    public var isNaive: Bool { time.utcOffset == nil }

    /// The absolute time; a naive value is taken as UTC, as Celery's worker does.
    public var instant: Instant {
        let days = Int64(date.daysSince1970)
        let offset = Int64(time.utcOffset ?? 0)
        return Instant(microseconds: (days * 86_400 - offset) * 1_000_000 + time.microsecondsSinceMidnight)
    }

    /// The text that Python's `isoformat()` gives.
    public var iso8601: String {
        var writer = DigitWriter()
        writer.append(self)
        return writer.text
    }
}

/// A calendar date: Python's `datetime.date`.
public struct PythonDate: Sendable, Hashable, Comparable {
    /// 1 to 9999.
    public let year: Int
    /// 1 to 12.
    public let month: Int
    /// 1 to 31.
    public let day: Int

    /// Makes a date, or `nil` when there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        guard day <= CivilCalendar.daysIn(month: month, of: year) else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `YYYY-MM-DD`, or any date form of ISO 8601; a time of day after it is dropped, as kombu does.
    public init?(iso8601 text: String) {
        guard let value = ISO8601Parser.dateTime(text) else { return nil }
        self = value.date
    }

    /// The text that Python's `isoformat()` gives.
    public var iso8601: String {
        var writer = DigitWriter()
        writer.append(self)
        return writer.text
    }

    /// Whole days since 1970-01-01.
    var daysSince1970: Int { CivilCalendar.days(year: year, month: month, day: day) }

    public static func < (left: PythonDate, right: PythonDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

/// Reads the ISO-8601 forms that Celery's own parser (`dateutil.isoparse`) and Python's `fromisoformat` read.
///
/// Dates: `YYYY`, `YYYY-MM`, `YYYY-MM-DD`, `YYYYMMDD`, `YYYY-DDD`, `YYYYDDD`, `YYYY-Www[-D]`, `YYYYWww[D]`. Times, after
/// any one character: `hh`, `hh:mm`, `hhmm`, `hh:mm:ss`, `hhmmss`, a fraction after `.` or `,` (digits beyond the sixth
/// are dropped), `24:00` for the end of the day. Offsets: `Z`, `±hh`, `±hhmm`, `±hh:mm`, `±hh:mm:ss`.
struct ISO8601Parser {
    private let text: [UInt8]
    private var position = 0

    private init?(_ text: String) {
        // The longest form has 35 characters; a long fraction may follow the sixth digit.
        guard text.utf8.count <= 128 else { return nil }
        self.text = Array(text.utf8)
    }

    /// The date and time in `text`, or `nil` when it is none.
    static func dateTime(_ text: String) -> PythonDateTime? {
        guard var parser = ISO8601Parser(text), let date = parser.date() else { return nil }
        if parser.isAtEnd { return PythonDateTime(date: date, time: PythonTime()) }
        parser.position += 1
        guard let (time, isEndOfDay) = parser.time() else { return nil }
        guard isEndOfDay else { return PythonDateTime(date: date, time: time) }
        let next = CivilCalendar.date(days: date.daysSince1970 + 1)
        guard let nextDate = PythonDate(year: next.year, month: next.month, day: next.day) else { return nil }
        return PythonDateTime(date: nextDate, time: time)
    }

    /// The time of day in `text`, or `nil` when it is none.
    static func time(_ text: String) -> PythonTime? {
        guard var parser = ISO8601Parser(text) else { return nil }
        if parser.peek() == UInt8(ascii: "T") { parser.position += 1 }
        guard let (time, isEndOfDay) = parser.time(), !isEndOfDay else { return nil }
        return time
    }

    private var isAtEnd: Bool { position >= text.count }

    private func peek() -> UInt8? {
        position < text.count ? text[position] : nil
    }

    private mutating func take(_ character: UInt8) -> Bool {
        guard peek() == character else { return false }
        position += 1
        return true
    }

    /// Exactly `count` digits.
    private mutating func number(digits count: Int) -> Int? {
        guard position + count <= text.count else { return nil }
        var value = 0
        for index in position..<position + count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + Int(digit)
        }
        position += count
        return value
    }

    private mutating func date() -> PythonDate? {
        guard let year = number(digits: 4) else { return nil }
        if isAtEnd { return PythonDate(year: year, month: 1, day: 1) }
        let hasDashes = take(UInt8(ascii: "-"))
        let start = position
        if let (month, day) = monthAndDay(hasDashes: hasDashes) {
            return PythonDate(year: year, month: month, day: day)
        }
        position = start
        let days = peek() == UInt8(ascii: "W") ? weekDate(year, hasDashes: hasDashes) : ordinalDate(year)
        guard let days else { return nil }
        let date = CivilCalendar.date(days: days)
        return PythonDate(year: date.year, month: date.month, day: date.day)
    }

    private mutating func monthAndDay(hasDashes: Bool) -> (month: Int, day: Int)? {
        guard let month = number(digits: 2) else { return nil }
        if isAtEnd { return hasDashes ? (month, 1) : nil }
        if hasDashes, !take(UInt8(ascii: "-")) { return nil }
        guard let day = number(digits: 2) else { return nil }
        return (month, day)
    }

    private mutating func weekDate(_ year: Int, hasDashes: Bool) -> Int? {
        position += 1
        guard let week = number(digits: 2), (1...53).contains(week) else { return nil }
        var day = 1
        if !isAtEnd {
            guard take(UInt8(ascii: "-")) == hasDashes, let given = number(digits: 1) else { return nil }
            day = given
        }
        guard (1...7).contains(day) else { return nil }
        // 4 January is always in week 1; day 0 of the count was a Thursday.
        let fourth = CivilCalendar.days(year: year, month: 1, day: 4)
        let weekday = ((fourth + 3) % 7 + 7) % 7
        return fourth - weekday + (week - 1) * 7 + day - 1
    }

    private mutating func ordinalDate(_ year: Int) -> Int? {
        guard let day = number(digits: 3), day >= 1, day <= (CivilCalendar.isLeap(year) ? 366 : 365) else { return nil }
        return CivilCalendar.days(year: year, month: 1, day: 1) + day - 1
    }

    private mutating func time() -> (time: PythonTime, isEndOfDay: Bool)? {
        guard let hour = number(digits: 2) else { return nil }
        var minute = 0
        var second = 0
        var microsecond = 0
        var offset: Int?
        let hasColons = take(UInt8(ascii: ":"))
        if hasColons || isDigit {
            guard let value = number(digits: 2) else { return nil }
            minute = value
            if hasColons ? take(UInt8(ascii: ":")) : isDigit {
                guard let value = number(digits: 2) else { return nil }
                second = value
                if take(UInt8(ascii: ".")) || take(UInt8(ascii: ",")) {
                    guard let value = fraction() else { return nil }
                    microsecond = value
                }
            }
        }
        if !isAtEnd {
            guard let value = utcOffset() else { return nil }
            offset = value
        }
        guard isAtEnd else { return nil }
        let isEndOfDay = hour == 24 && minute == 0 && second == 0 && microsecond == 0
        let time = PythonTime(
            hour: isEndOfDay ? 0 : hour,
            minute: minute,
            second: second,
            microsecond: microsecond,
            utcOffset: offset
        )
        return time.map { ($0, isEndOfDay) }
    }

    private var isDigit: Bool {
        guard let character = peek() else { return false }
        return character &- UInt8(ascii: "0") <= 9
    }

    private mutating func fraction() -> Int? {
        var value = 0
        var digits = 0
        while isDigit {
            if digits < 6 { value = value * 10 + Int(text[position] - UInt8(ascii: "0")) }
            digits += 1
            position += 1
        }
        guard digits > 0 else { return nil }
        for _ in stride(from: digits, to: 6, by: 1) { value *= 10 }
        return value
    }

    private mutating func utcOffset() -> Int? {
        if take(UInt8(ascii: "Z")) || take(UInt8(ascii: "z")) { return 0 }
        let isNegative = peek() == UInt8(ascii: "-")
        guard isNegative || peek() == UInt8(ascii: "+") else { return nil }
        position += 1
        guard let hours = number(digits: 2), hours <= 23 else { return nil }
        var seconds = hours * 3600
        if !isAtEnd {
            let hasColon = take(UInt8(ascii: ":"))
            guard let minutes = number(digits: 2), minutes <= 59 else { return nil }
            seconds += minutes * 60
            if hasColon, take(UInt8(ascii: ":")) {
                guard let rest = number(digits: 2), rest <= 59 else { return nil }
                seconds += rest
            }
        }
        return isNegative ? -seconds : seconds
    }
}

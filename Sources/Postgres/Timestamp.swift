import struct FoundationEssentials.Date

/// A timestamptz in the session's UTC, to the microsecond. The calendar is done here by hand: Foundation's would load
/// its time zones.
struct Timestamp: Hashable {
    /// Microseconds since 1970.
    var microseconds: Int64

    init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    init(_ date: Date) {
        let value = (date.timeIntervalSince1970 * 1_000_000).rounded()
        // Beyond what PostgreSQL holds: clamped, and refused there.
        microseconds = Int64(max(-3e17, min(3e17, value.isNaN ? 0 : value)))
    }

    var date: Date { Date(timeIntervalSince1970: Double(microseconds) / 1_000_000) }

    /// `2026-02-05 13:07:09.000001+00`; years before 1 have the suffix ` BC`.
    var text: String {
        let (days, rest) = microseconds.flooredDivision(by: 86_400_000_000)
        let (year, month, day) = Self.civil(fromDays: days)
        let (seconds, fraction) = rest.quotientAndRemainder(dividingBy: 1_000_000)
        let clock = [seconds / 3600, seconds / 60 % 60, seconds % 60].map { Self.padded($0, 2) }.joined(separator: ":")
        let shown = year > 0 ? year : 1 - year
        return "\(Self.padded(shown, 4))-\(Self.padded(month, 2))-\(Self.padded(day, 2)) \(clock)"
            + ".\(Self.padded(fraction, 6))+00\(year > 0 ? "" : " BC")"
    }

    /// Reads PostgreSQL's ISO style: fraction, offset and ` BC` may be missing; `infinity` is refused.
    init?(text: String) {
        var scanner = DigitScanner(text)
        guard let year = scanner.number(), scanner.take("-"), let month = scanner.number(), scanner.take("-"),
            let day = scanner.number(), (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var seconds: Int64 = 0
        var fraction: Int64 = 0
        if scanner.take(" ") || scanner.take("T") {
            guard let hour = scanner.number(), scanner.take(":"), let minute = scanner.number(), scanner.take(":"),
                let second = scanner.number(), hour <= 24, minute < 60, second <= 60
            else { return nil }
            seconds = hour * 3600 + minute * 60 + second
            if scanner.take(".") {
                guard let digits = scanner.fraction() else { return nil }
                fraction = digits
            }
        }
        guard let offset = scanner.offset() else { return nil }
        let isBeforeChrist = scanner.take(" BC")
        guard scanner.isAtEnd else { return nil }
        let days = Self.days(year: isBeforeChrist ? 1 - year : year, month: month, day: day)
        microseconds = (days * 86_400 + seconds - offset) * 1_000_000 + fraction
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// Days since 1970 of a date in the proleptic Gregorian calendar. Years are counted from March, so that the leap
    /// day comes last, and in cycles of 400 years.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (marchYear, marchMonth) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        let (cycle, yearOfCycle) = marchYear.flooredDivision(by: 400)
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        return cycle * 146_097 + yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear - 719_468
    }

    private static func civil(fromDays days: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let (cycle, dayOfCycle) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfCycle = (dayOfCycle - dayOfCycle / 1460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
        let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }
}

extension Int64 {
    /// Quotient towards minus infinity, and a remainder that is never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

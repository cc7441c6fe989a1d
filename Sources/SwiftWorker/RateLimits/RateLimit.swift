public import CeleryProtocol
public import JSON

/// How many tasks may start in a time: Celery's `rate_limit` (reference, 3.11).
public struct RateLimit: Sendable, Hashable, CustomStringConvertible {
    public let perSecond: Double

    /// A limit has to be a number above zero; the slowest is one task in a year.
    public init?(perSecond: Double) {
        guard perSecond.isFinite, perSecond >= 1 / RateLimit.longestInterval else { return nil }
        self.perSecond = perSecond
    }

    /// So many in a second; at least one.
    public static func perSecond(_ count: Int) -> RateLimit { RateLimit(count, in: 1) }

    /// So many in a minute; at least one.
    public static func perMinute(_ count: Int) -> RateLimit { RateLimit(count, in: 60) }

    /// So many in an hour; at least one.
    public static func perHour(_ count: Int) -> RateLimit { RateLimit(count, in: 3600) }

    private init(_ count: Int, in seconds: Double) { perSecond = Double(max(1, count)) / seconds }

    private static let longestInterval = 366.0 * 86_400

    /// The time from one start to the next.
    public var interval: Duration { .nanoseconds(max(1, Int64((1_000_000_000 / perSecond).rounded()))) }

    /// In Celery's words, in the unit that gives the plainest number.
    public var description: String {
        for (unit, seconds) in [("s", 1.0), ("m", 60), ("h", 3600)] {
            let count = perSecond * seconds
            guard let whole = Int64(exactly: count.rounded()), whole >= 1 else { continue }
            if abs(count - Double(whole)) < 1e-9 * count { return "\(whole)/\(unit)" }
        }
        return "\(perSecond)/s"
    }

    /// Reads `10/s`, `10/m`, `10/h`, `10` or `0.5/s`; empty and `0/s` are no limit.
    ///
    /// - Throws: `PythonException`, what Python's own reading raises, also for a number below zero or none.
    public static func parse(_ text: String) throws(PythonException) -> RateLimit? {
        if text.isEmpty { return nil }
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        let unit = parts.count == 2 && !parts[1].isEmpty ? String(parts[1]) : "s"
        guard let seconds = ["s": 1.0, "m": 60, "h": 3600][unit] else { throw .keyError(unit) }
        guard let count = number(parts[0]) else {
            throw .valueError("could not convert string to float: \(PythonRepr.quoted(String(parts[0].prefix(64))))")
        }
        return try limit(count / seconds, shown: text)
    }

    /// Reads what a producer, a setting or the command `rate_limit` gives: a text, a number of tasks per second, or null.
    ///
    /// - Throws: `PythonException` as above.
    public static func parse(_ value: JSONValue) throws(PythonException) -> RateLimit? {
        switch value {
        case .null: return nil
        case .string(let text): return try parse(text)
        case .integer, .double, .bigInteger:
            guard let count = value.double else { throw invalid(PythonRepr.repr(value)) }
            return try limit(count, shown: PythonRepr.repr(value))
        case .bool, .array, .object: throw invalid(PythonRepr.repr(value))
        }
    }

    private static func limit(_ perSecond: Double, shown: String) throws(PythonException) -> RateLimit? {
        if perSecond == 0 { return nil }
        guard let limit = RateLimit(perSecond: perSecond) else { throw invalid(shown) }
        return limit
    }

    private static func invalid(_ shown: String) -> PythonException {
        .valueError("not a rate: \(shown.prefix(64)); say for example 10/s, 10/m or 10/h")
    }

    /// A plain decimal number, as Python's `float()` reads it.
    private static func number(_ text: Substring) -> Double? {
        let trimmed = text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
        let isPlain = trimmed.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
        return isPlain ? Double(String(trimmed)) : nil
    }
}

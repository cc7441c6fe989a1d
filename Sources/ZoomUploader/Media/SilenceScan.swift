/// The silent periods that ffmpeg's silencedetect reports: the first and the last, for no others matter, however long
/// the recording.
struct SilenceScan: Sendable, Hashable {
    struct Period: Sendable, Hashable {
        var start: Double
        var end: Double
    }

    private(set) var first: Period?
    private(set) var last: Period?
    /// A start that has no end yet. One that never gets it is dropped.
    private var pendingStart: Double?

    init() {}

    /// Takes a line of ffmpeg's standard error.
    mutating func consume(_ line: String) {
        if let start = Self.number(after: "silence_start: ", in: line) {
            pendingStart = start
        }
        if let end = Self.number(after: "silence_end: ", in: line), let start = pendingStart {
            pendingStart = nil
            let period = Period(start: start, end: end)
            first = first ?? period
            last = period
        }
    }

    private static func number(after mark: String, in line: String) -> Double? {
        guard let range = line.firstRange(of: mark) else { return nil }
        let digits = line[range.upperBound...].prefix { $0.isASCII && ($0.isNumber || "+-.e".contains($0)) }
        guard let value = Double(digits), value.isFinite else { return nil }
        return value
    }
}

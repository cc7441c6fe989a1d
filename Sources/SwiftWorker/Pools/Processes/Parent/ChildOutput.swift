import Processes

/// What a child prints: cut into lines for the log, within a rate, with the last lines kept as evidence; pure.
struct ChildOutput: Sendable {
    /// The longest line, in bytes; the rest of a longer one is dropped.
    static let lineLimit = 8 << 10
    /// How much of one second's output is logged, in bytes. What comes beyond it is dropped and counted.
    static let rate = 1 << 20
    /// How many of the last lines are evidence, and how long each may be, in bytes.
    static let evidence = (lines: 20, length: 1 << 10)
    /// With these words Swift says why it traps; a stack trace may follow that is longer than the evidence.
    private static let reason = Array("Fatal error: ".utf8)
    /// How many of the lines are those that end with the reason.
    private static let reasonLines = 5

    private var splitter = LineSplitter(limit: lineLimit)
    private var tail: [UInt8] = []
    private var windowEnd: ContinuousClock.Instant?
    private var budget = rate
    private(set) var dropped = 0

    /// Takes what was read and hands out its lines.
    mutating func append(_ bytes: ArraySlice<UInt8>, at now: ContinuousClock.Instant, _ line: (String) -> Void) {
        keepEvidence(of: bytes)
        if windowEnd.map({ now >= $0 }) ?? true {
            windowEnd = now + .seconds(1)
            budget = Self.rate
        }
        if bytes.count > budget {
            dropped += bytes.count
            budget = 0
        } else {
            budget -= bytes.count
            splitter.append(bytes, line)
        }
    }

    /// Hands out a last line that has no end.
    mutating func finish(_ line: (String) -> Void) { splitter.finish(line) }

    /// How many bytes were dropped since the last time.
    mutating func takeDropped() -> Int {
        defer { dropped = 0 }
        return dropped
    }

    /// Forgets the evidence: a task begins.
    mutating func forgetEvidence() { tail.removeAll(keepingCapacity: true) }

    /// The last lines, oldest first; where Swift's reason for a trap is not among them, it and what precedes it are instead
    /// of the first of them.
    var lastLines: [String] {
        let lines = tail.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        let earlier = lines.dropLast(Self.evidence.lines)
        guard let reason = earlier.lastIndex(where: { $0.contains(Self.reason) }) else {
            return lines.suffix(Self.evidence.lines).map(Self.text)
        }
        return earlier[...reason].suffix(Self.reasonLines).map(Self.text) + ["…"]
            + lines.suffix(Self.evidence.lines - Self.reasonLines - 1).map(Self.text)
    }

    private static func text(_ line: ArraySlice<UInt8>) -> String {
        String(decoding: line.prefix(evidence.length), as: UTF8.self)
    }

    private mutating func keepEvidence(of bytes: ArraySlice<UInt8>) {
        let limit = Self.evidence.lines * Self.evidence.length
        tail.append(contentsOf: bytes.suffix(limit))
        // Cut at twice the limit, so that each byte is moved once at most.
        if tail.count > 2 * limit { tail.removeFirst(tail.count - limit) }
    }
}

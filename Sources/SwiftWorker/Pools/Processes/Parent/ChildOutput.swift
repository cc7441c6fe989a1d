import Processes

/// What a child prints: cut into lines for the log, within a rate, with the last lines kept as evidence; pure.
struct ChildOutput: Sendable {
    /// The longest line, in bytes; the rest of a longer one is dropped.
    static let lineLimit = 8 << 10
    /// How much of one second's output is logged, in bytes. What comes beyond it is dropped and counted.
    static let rate = 1 << 20
    /// How many of the last lines are evidence, and how long each may be, in bytes.
    static let evidence = (lines: 20, length: 1 << 10)

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

    /// The last lines, oldest first.
    var lastLines: [String] {
        tail.split { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
            .suffix(Self.evidence.lines)
            .map { String(decoding: $0.prefix(Self.evidence.length), as: UTF8.self) }
    }

    private mutating func keepEvidence(of bytes: ArraySlice<UInt8>) {
        let limit = Self.evidence.lines * Self.evidence.length
        tail.append(contentsOf: bytes.suffix(limit))
        // Cut at twice the limit, so that each byte is moved once at most.
        if tail.count > 2 * limit { tail.removeFirst(tail.count - limit) }
    }
}

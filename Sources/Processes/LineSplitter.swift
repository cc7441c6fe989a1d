/// Cuts a stream of bytes into lines. A line longer than the limit is cut there and its rest dropped.
public struct LineSplitter: Sendable {
    /// The longest line, in bytes.
    public let limit: Int
    private var pending: [UInt8] = []
    private var dropsRest = false

    public init(limit: Int) {
        self.limit = limit
    }

    /// Takes bytes and hands out the lines that they complete, without their `\n` or `\r`. Both end a line: a program
    /// that shows progress ends its lines with `\r`.
    public mutating func append(_ bytes: some Sequence<UInt8>, _ line: (String) -> Void) {
        for byte in bytes {
            if byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") {
                finish(line)
            } else if !dropsRest {
                pending.append(byte)
                dropsRest = pending.count >= limit
            }
        }
    }

    /// Hands out a last line that has no end.
    public mutating func finish(_ line: (String) -> Void) {
        if !pending.isEmpty {
            line(String(decoding: pending, as: UTF8.self))
        }
        pending.removeAll(keepingCapacity: true)
        dropsRest = false
    }
}

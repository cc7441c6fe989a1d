/// What a program wrote, bounded: its beginning and its end, with a count of what lies between.
public struct CapturedOutput: Sendable, Hashable {
    /// How much is kept, in bytes.
    public struct Limits: Sendable, Hashable {
        public var head: Int
        public var tail: Int

        /// 64 KiB of either end.
        public static var standard: Limits { Limits(head: 64 << 10, tail: 64 << 10) }
        /// Nothing: for output that is read line by line.
        public static var nothing: Limits { Limits(head: 0, tail: 0) }

        public init(head: Int, tail: Int) {
            self.head = max(0, head)
            self.tail = max(0, tail)
        }
    }

    private let limits: Limits
    private var head: [UInt8] = []
    private var tail: [UInt8] = []

    /// All that was written, in bytes.
    public private(set) var totalBytes = 0

    /// Whether something between beginning and end was dropped.
    public var isTruncated: Bool { totalBytes > head.count + min(tail.count, limits.tail) }

    /// The bytes that were kept.
    public var bytes: [UInt8] { head + tail.suffix(limits.tail) }

    /// The kept bytes as text, invalid UTF-8 replaced, with a line that says how much is missing.
    public var text: String {
        let kept = tail.suffix(limits.tail)
        guard isTruncated else { return String(decoding: bytes, as: UTF8.self) }
        let missing = totalBytes - head.count - kept.count
        return String(decoding: head, as: UTF8.self) + "\n… \(missing) bytes left out …\n"
            + String(decoding: kept, as: UTF8.self)
    }

    public init(limits: Limits = .standard) {
        self.limits = limits
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        totalBytes += bytes.count
        let room = limits.head - head.count
        head.append(contentsOf: bytes.prefix(max(0, room)))
        let rest = bytes.dropFirst(max(0, room))
        guard limits.tail > 0, !rest.isEmpty else { return }
        tail.append(contentsOf: rest.suffix(limits.tail))
        // Trimmed at twice the limit, so that each byte is moved once at most.
        if tail.count > 2 * limits.tail {
            tail.removeFirst(tail.count - limits.tail)
        }
    }
}

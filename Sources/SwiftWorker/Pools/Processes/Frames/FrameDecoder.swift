import BrokerModel

/// A frame that can't be read. Between a parent and a child of the same program it means that one of them is broken.
struct FrameError: Error, Hashable, CustomStringConvertible {
    /// What was found, as the end of a sentence: `a frame of the unknown kind 9`.
    let description: String

    init(_ description: String) {
        self.description = description
    }

    static let cut = FrameError("a frame that ends too early")
}

/// Reads one frame, within its bounds.
struct FrameDecoder {
    private let bytes: [UInt8]
    private var index: Int
    private let end: Int
    private var nesting = 0

    /// How deep tables, arrays and log metadata may be nested; AMQP's own limit, and one for the table itself.
    static let maximumNesting = 66

    /// - Parameter range: the frame without its length, in `bytes`.
    init(_ bytes: [UInt8], _ range: Range<Int>) {
        self.bytes = bytes
        index = range.lowerBound
        end = range.upperBound
    }

    var remaining: Int { end - index }

    /// - Throws: when something is left over.
    func finish() throws(FrameError) {
        guard index == end else { throw FrameError("a frame with \(remaining) bytes too many") }
    }

    mutating func byte() throws(FrameError) -> UInt8 {
        guard index < end else { throw .cut }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func bool() throws(FrameError) -> Bool { try byte() != 0 }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type = Number.self
    ) throws(FrameError) -> Number {
        guard remaining >= Number.bitWidth / 8 else { throw .cut }
        var value: Number = 0
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            value |= Number(bytes[index]) << Number(shift)
            index += 1
        }
        return value
    }

    mutating func integer() throws(FrameError) -> Int { Int(Int64(bitPattern: try number())) }

    mutating func double() throws(FrameError) -> Double { Double(bitPattern: try number()) }

    mutating func text() throws(FrameError) -> String {
        let range = try span()
        return String(decoding: bytes[range], as: UTF8.self)
    }

    mutating func blob() throws(FrameError) -> [UInt8] {
        let range = try span()
        return Array(bytes[range])
    }

    mutating func duration() throws(FrameError) -> Duration {
        let seconds = try integer()
        return Duration(secondsComponent: Int64(seconds), attosecondsComponent: Int64(try integer()))
    }

    mutating func optional<Value>(
        _ read: (inout FrameDecoder) throws(FrameError) -> Value
    ) throws(FrameError) -> Value? {
        try bool() ? try read(&self) : nil
    }

    mutating func optionalText() throws(FrameError) -> String? { try bool() ? try text() : nil }

    mutating func list<Value>(_ read: (inout FrameDecoder) throws(FrameError) -> Value) throws(FrameError) -> [Value] {
        let count = Int(try number(UInt32.self))
        // Each element has a byte at least: a wrong count can't ask for more memory than the frame has.
        guard count <= remaining else { throw .cut }
        nesting += 1
        guard nesting <= Self.maximumNesting else { throw FrameError("a frame that is nested too deeply") }
        defer { nesting -= 1 }
        var values: [Value] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try read(&self)) }
        return values
    }

    private mutating func span() throws(FrameError) -> Range<Int> {
        let count = Int(try number(UInt32.self))
        guard count <= remaining else { throw .cut }
        defer { index += count }
        return index..<(index + count)
    }
}

import BrokerModel

/// Writes frames: a length of four bytes, little-endian, and so many bytes, of which the first is the kind.
struct FrameEncoder {
    /// The bytes before a frame's kind.
    static let lengthSize = 4

    private(set) var bytes: [UInt8] = []
    private var start = 0

    init() {}

    /// Forgets what was written and keeps its memory, unless it is a lot.
    mutating func removeAll() {
        bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 16)
    }

    mutating func begin(_ kind: UInt8) {
        start = bytes.count
        write(UInt32(0))
        write(kind)
    }

    /// Sets the length of the frame that was begun last.
    mutating func end() {
        let length = UInt32(truncatingIfNeeded: bytes.count - start - Self.lengthSize)
        for index in 0..<Self.lengthSize {
            bytes[start + index] = UInt8(truncatingIfNeeded: length >> (8 * UInt32(index)))
        }
    }

    mutating func write(_ value: UInt8) { bytes.append(value) }

    mutating func write(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func write<Number: FixedWidthInteger & UnsignedInteger>(_ value: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> Number(shift)))
        }
    }

    mutating func write(_ value: Int) { write(UInt64(bitPattern: Int64(value))) }

    mutating func write(_ value: Double) { write(value.bitPattern) }

    mutating func write(_ text: String) {
        var text = text
        // Of a text that lies elsewhere, for example in a C buffer, a copy is made once.
        text.makeContiguousUTF8()
        write(UInt32(truncatingIfNeeded: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    mutating func write(_ blob: [UInt8]) {
        write(UInt32(truncatingIfNeeded: blob.count))
        bytes.append(contentsOf: blob)
    }

    mutating func write(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        write(Int(seconds))
        write(Int(attoseconds))
    }

    mutating func write<Value>(_ value: Value?, _ write: (inout FrameEncoder, Value) -> Void) {
        self.write(value != nil)
        if let value { write(&self, value) }
    }

    mutating func write(_ text: String?) { write(text) { $0.write($1) } }

    mutating func write<Value>(list: some Collection<Value>, _ write: (inout FrameEncoder, Value) -> Void) {
        self.write(UInt32(truncatingIfNeeded: list.count))
        for value in list { write(&self, value) }
    }
}

extension PythonText {
    mutating func append(string: String) {
        var string = string
        string.withUTF8 { append(utf8: UnsafeRawBufferPointer($0)) }
    }

    /// A quoted string: printable ASCII as it is, the rest escaped.
    mutating func append(utf8 text: UnsafeRawBufferPointer) {
        reserve(text.count + 2)
        appendByte(UInt8(ascii: "\""))
        var offset = 0
        while offset < text.count {
            let start = offset
            while offset < text.count, Self.isPlain(text[offset]) { offset += 1 }
            if offset > start { appendBytes(UnsafeRawBufferPointer(rebasing: text[start..<offset])) }
            if offset < text.count { offset += appendEscaped(text[offset...]) }
        }
        appendByte(UInt8(ascii: "\""))
    }

    @inline(__always)
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// Escapes the first character; returns how many bytes it has.
    private mutating func appendEscaped(_ text: Slice<UnsafeRawBufferPointer>) -> Int {
        guard let lead = text.first else { return 0 }
        switch lead {
        case UInt8(ascii: "\""): append(literal: "\\\"")
        case UInt8(ascii: "\\"): append(literal: "\\\\")
        case 0x0A: append(literal: "\\n")
        case 0x0D: append(literal: "\\r")
        case 0x09: append(literal: "\\t")
        case 0x08: append(literal: "\\b")
        case 0x0C: append(literal: "\\f")
        case 0x00...0x7F: append(unit: UInt16(lead))
        default:
            // The text is valid UTF-8: it comes from a Swift string.
            let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
            var scalar = UInt32(lead) & (0xFF >> UInt32(length + 1))
            for byte in text.dropFirst().prefix(length - 1) { scalar = scalar << 6 | UInt32(byte & 0x3F) }
            if length == 4 {
                append(unit: UInt16(truncatingIfNeeded: 0xD800 + (scalar &- 0x10000) >> 10))
                append(unit: UInt16(truncatingIfNeeded: 0xDC00 + (scalar & 0x3FF)))
            } else {
                append(unit: UInt16(truncatingIfNeeded: scalar))
            }
            return length
        }
        return 1
    }

    /// `\uXXXX`, with small letters as Python has them.
    private mutating func append(unit: UInt16) {
        append(literal: "\\u")
        for shift: UInt16 in [12, 8, 4, 0] {
            let digit = UInt8(truncatingIfNeeded: unit >> shift & 0xF)
            appendByte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

import BrokerModel

/// Texts cut to a number of bytes, at whole characters.
enum BoundedText {
    /// Less room than this is not worth a traceback, in bytes.
    static let smallest = 256

    static func beginning(of text: String, bytes: Int) -> String {
        guard text.utf8.count > bytes else { return text }
        return text[..<boundary(text, atMost: bytes - 3)] + "…"
    }

    /// A quarter from the beginning and the rest from the end, where a traceback says what happened.
    static func beginningAndEnd(of text: String, bytes: Int) -> String {
        let count = text.utf8.count
        guard count > bytes else { return text }
        let room = bytes - 64
        let first = boundary(text, atMost: room / 4)
        let last = boundary(text, atLeast: count - (room - room / 4))
        let left = text.utf8.distance(from: first, to: last)
        return "\(text[..<first])\n[… \(left) bytes left out …]\n\(text[last...])"
    }

    private static func boundary(_ text: String, atMost bytes: Int) -> String.Index {
        var index = text.utf8.index(text.startIndex, offsetBy: max(0, bytes))
        while index > text.startIndex, index.samePosition(in: text.unicodeScalars) == nil {
            index = text.utf8.index(before: index)
        }
        return index
    }

    private static func boundary(_ text: String, atLeast bytes: Int) -> String.Index {
        var index = text.utf8.index(text.startIndex, offsetBy: max(0, bytes))
        while index < text.endIndex, index.samePosition(in: text.unicodeScalars) == nil {
            index = text.utf8.index(after: index)
        }
        return index
    }
}

extension FieldTable {
    /// The size on the wire in bytes, to a few per entry.
    var approximateSize: Int { entries.reduce(4) { $0 + 1 + $1.name.utf8.count + $1.value.approximateSize } }
}

extension FieldValue {
    fileprivate var approximateSize: Int {
        switch self {
        case .string(let text): 5 + text.utf8.count
        case .bytes(let bytes): 5 + bytes.count
        case .array(let elements): elements.reduce(5) { $0 + $1.approximateSize }
        case .table(let table): 1 + table.approximateSize
        default: 9
        }
    }
}

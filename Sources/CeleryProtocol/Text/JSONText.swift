import JSON

/// Appends pieces of JSON to a text that is put together by hand, in the style of Python's `json.dumps`.
enum JSONText {
    static func append(_ value: JSONValue, to text: inout [UInt8]) {
        text.append(contentsOf: value.serialized())
    }

    static func append(_ elements: [JSONValue], to text: inout [UInt8]) {
        if elements.isEmpty {
            append(raw: "[]", to: &text)
        } else {
            append(.array(elements), to: &text)
        }
    }

    /// A quoted string.
    static func append(_ string: String, to text: inout [UInt8]) {
        guard string.utf8.allSatisfy(isPlain) else {
            append(.string(string), to: &text)
            return
        }
        text.append(UInt8(ascii: "\""))
        text.append(contentsOf: string.utf8)
        text.append(UInt8(ascii: "\""))
    }

    /// Text that is JSON already.
    static func append(raw string: String, to text: inout [UInt8]) {
        text.append(contentsOf: string.utf8)
    }

    /// Whether a character stands for itself in a JSON string.
    private static func isPlain(_ character: UInt8) -> Bool {
        character >= 0x20 && character < 0x7f && character != UInt8(ascii: "\"") && character != UInt8(ascii: "\\")
    }
}

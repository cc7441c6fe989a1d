internal import JSON

/// Writes JSON as Python's `json.dumps` does: `, ` and `: ` between, non-ASCII escaped, bare NaN and Infinity.
enum JSONText {
    private static let hexDigits = Array("0123456789abcdef".utf8)

    static func append(_ value: JSONValue, to text: inout [UInt8]) {
        switch value {
        case .null: append(raw: "null", to: &text)
        case .bool(let value): append(raw: value ? "true" : "false", to: &text)
        case .integer(let value): append(raw: String(value), to: &text)
        case .bigInteger(let digits): append(raw: digits, to: &text)
        case .double(let value): append(value, to: &text)
        case .string(let value): append(value, to: &text)
        case .array(let elements): append(elements, to: &text)
        case .object(let members): append(members, to: &text)
        }
    }

    static func append(_ elements: [JSONValue], to text: inout [UInt8]) {
        text.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { append(raw: ", ", to: &text) }
            append(element, to: &text)
        }
        text.append(UInt8(ascii: "]"))
    }

    static func append(_ members: JSONObject, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "{"))
        var isFirst = true
        for (key, value) in members {
            if !isFirst { append(raw: ", ", to: &text) }
            isFirst = false
            append(key, to: &text)
            append(raw: ": ", to: &text)
            append(value, to: &text)
        }
        text.append(UInt8(ascii: "}"))
    }

    static func append(_ value: Double, to text: inout [UInt8]) {
        if value.isNaN {
            append(raw: "NaN", to: &text)
        } else if value.isInfinite {
            append(raw: value < 0 ? "-Infinity" : "Infinity", to: &text)
        } else {
            append(raw: PythonRepr.float(value), to: &text)
        }
    }

    /// A quoted string.
    static func append(_ string: String, to text: inout [UInt8]) {
        text.append(UInt8(ascii: "\""))
        if string.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }) {
            text.append(contentsOf: string.utf8)
        } else {
            for unit in string.utf16 { append(unit, to: &text) }
        }
        text.append(UInt8(ascii: "\""))
    }

    private static func append(_ unit: UInt16, to text: inout [UInt8]) {
        switch unit {
        case 0x22: append(raw: "\\\"", to: &text)
        case 0x5c: append(raw: "\\\\", to: &text)
        case 0x0a: append(raw: "\\n", to: &text)
        case 0x0d: append(raw: "\\r", to: &text)
        case 0x09: append(raw: "\\t", to: &text)
        case 0x08: append(raw: "\\b", to: &text)
        case 0x0c: append(raw: "\\f", to: &text)
        case 0x20...0x7e: text.append(UInt8(truncatingIfNeeded: unit))
        default:
            append(raw: "\\u", to: &text)
            for shift in [12, 8, 4, 0] as [UInt16] { text.append(hexDigits[Int(unit >> shift & 0xf)]) }
        }
    }

    static func append(raw string: String, to text: inout [UInt8]) {
        text.append(contentsOf: string.utf8)
    }
}

import JSON
import OrderedCollections

/// JSON over several lines, members in order, as Python's `json.dumps(value, indent=4, sort_keys=True)` writes it.
enum IndentedJSON {
    /// The text; it recurses as deep as the value is nested.
    static func text(_ value: JSONValue, margin: String = "") -> String {
        let inner = margin + "    "
        switch value {
        case .array(let elements) where !elements.isEmpty:
            return block("[", "]", elements.map { inner + text($0, margin: inner) }, margin)
        case .object(let members) where !members.isEmpty:
            let sorted = members.sorted { $0.key.unicodeScalars.lexicographicallyPrecedes($1.key.unicodeScalars) }
            return block(
                "{",
                "}",
                sorted.map { "\(inner)\(plain(.string($0.key))): \(text($0.value, margin: inner))" },
                margin
            )
        default: return plain(value)
        }
    }

    private static func block(_ open: String, _ close: String, _ lines: [String], _ margin: String) -> String {
        "\(open)\n\(lines.joined(separator: ",\n"))\n\(margin)\(close)"
    }

    private static func plain(_ value: JSONValue) -> String { String(decoding: value.serialized(), as: UTF8.self) }
}

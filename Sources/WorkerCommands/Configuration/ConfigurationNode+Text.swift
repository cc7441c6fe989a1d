import SwiftWorker

extension ConfigurationNode {
    /// The value as JSON, which is YAML too.
    var json: String {
        switch content {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "\(value)"
        case .double(let value): "\(value)"
        case .string(let value), .text(let value): JSONText.quoted(value)
        case .list(let items): "[" + items.map(\.json).joined(separator: ", ") + "]"
        case .map(let entries):
            "{" + entries.map { JSONText.quoted($0.key) + ": " + $0.value.json }.joined(separator: ", ") + "}"
        }
    }

    /// The value as YAML on one line, with as few quotes as it takes.
    var yaml: String {
        switch content {
        case .string(let value), .text(let value): Self.isPlain(value) ? value : JSONText.quoted(value)
        case .list(let items): "[" + items.map(\.yaml).joined(separator: ", ") + "]"
        case .map(let entries):
            "{"
                + entries.map {
                    (Self.isPlain($0.key) ? $0.key : JSONText.quoted($0.key)) + ": " + $0.value.yaml
                }.joined(separator: ", ") + "}"
        default: json
        }
    }

    /// Whether a text stays that text without quotes.
    private static func isPlain(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.last != 0x3a else { return false }
        let isLetter = (0x41...0x5a).contains(first & 0xdf) || first == 0x2f
        let words = ["true", "false", "null", "yes", "no", "on", "off"]
        return isLetter && !words.contains(text.lowercased())
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte & 0xdf)
                    || "-_./@%:".utf8.contains(byte)
            }
    }
}

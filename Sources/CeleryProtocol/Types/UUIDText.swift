/// UUIDs as Python's `uuid.UUID` reads them.
enum UUIDText {
    /// The usual form with hyphens from 32 hexadecimal digits in any grouping; `nil` for anything else.
    static func hyphenated(_ text: String) -> String? {
        guard text.utf8.count <= 64 else { return nil }
        var digits: [UInt8] = []
        for character in text.utf8 where character != UInt8(ascii: "-") {
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): digits.append(character)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digits.append(character + 32)
            case UInt8(ascii: "{"), UInt8(ascii: "}"): continue
            default: return nil
            }
        }
        guard digits.count == 32 else { return nil }
        for position in [8, 13, 18, 23] { digits.insert(UInt8(ascii: "-"), at: position) }
        return String(decoding: digits, as: UTF8.self)
    }
}

import CJansson

/// The strings that stand, in a rewritten text, for what jansson can't parse.
///
/// A string that starts with the mark stands for the number written behind it; the mark within a member name stands
/// for NUL. The mark is drawn at random after the text has arrived, so no sender can spell it.
struct StandIns: Sendable {
    /// 32 hexadecimal digits.
    let mark: String
    let markBytes: [UInt8]

    init() {
        var digits = ""
        for _ in 0..<2 {
            let half = String(UInt64.random(in: .min ... .max), radix: 16)
            digits += String(repeating: "0", count: 16 - half.utf8.count) + half
        }
        mark = digits
        markBytes = Array(digits.utf8)
    }

    /// The number that a string node stands for, or nil if it is just a string.
    func number(_ pointer: JanssonPointer) -> JSONValue? {
        let bytes = stringBytes(of: pointer)
        guard bytes.starts(with: markBytes) else { return nil }
        switch String(decoding: bytes[markBytes.count...], as: UTF8.self) {
        case "NaN": return .double(.nan)
        case "Infinity": return .double(.infinity)
        case "-Infinity": return .double(-.infinity)
        case let digits: return .bigInteger(digits)
        }
    }

    /// The member name behind a key of the tree.
    func memberName(_ key: String) -> String { Self.replace(mark, in: key, with: "\0") }

    /// The key of the tree for a member name.
    func key(_ memberName: String) -> String { Self.replace("\0", in: memberName, with: mark) }

    private static func replace(_ old: String, in text: String, with new: String) -> String {
        let text = Array(text.utf8)
        let old = Array(old.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index...].starts(with: old) {
                result += new.utf8
                index += old.count
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

/// The UTF-8 text of a string node; valid while the document lives.
@inline(__always)
func stringBytes(of pointer: JanssonPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: json_string_value(pointer), count: json_string_length(pointer))
}

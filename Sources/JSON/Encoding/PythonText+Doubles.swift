extension PythonText {
    /// A double as Python's `repr` prints it: the shortest text that reads back as the same, with an exponent below
    /// 1e-4 and from 1e16 on.
    mutating func append(_ value: Double) {
        guard value.isFinite else {
            append(literal: value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
            return
        }
        // Swift prints the same digits, but goes on without an exponent up to 2^54, a little above 1e16.
        let text = value.description
        guard value.magnitude >= 1e16, !text.utf8.contains(UInt8(ascii: "e")) else {
            append(plain: text)
            return
        }
        append(plain: Self.withExponent16(text))
    }

    private mutating func append(plain text: String) {
        var text = text
        text.withUTF8 { append(ascii: $0) }
    }

    /// `12345678901234568.0` → `1.2345678901234568e+16`.
    private static func withExponent16(_ text: String) -> String {
        let sign = text.hasPrefix("-") ? "-" : ""
        var digits = text.utf8.dropFirst(sign.utf8.count).prefix(17)
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits = digits.dropLast() }
        let first = String(digits.prefix(1)) ?? ""
        let rest = String(digits.dropFirst()) ?? ""
        return sign + first + (rest.isEmpty ? "" : "." + rest) + "e+16"
    }
}

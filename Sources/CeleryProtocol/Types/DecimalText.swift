/// Decimal numbers as text, in the grammar of Python's `decimal.Decimal`.
enum DecimalText {
    static func isValid(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        if let first = rest.first, first == UInt8(ascii: "-") || first == UInt8(ascii: "+") { rest.removeFirst() }
        let word = String(decoding: rest, as: UTF8.self).lowercased()
        if ["inf", "infinity", "nan", "snan"].contains(word) { return true }
        var digits = takeDigits(&rest)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            digits += takeDigits(&rest)
        }
        guard digits > 0 else { return false }
        if let first = rest.first, first == UInt8(ascii: "e") || first == UInt8(ascii: "E") {
            rest.removeFirst()
            if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
            guard takeDigits(&rest) > 0 else { return false }
        }
        return rest.isEmpty
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> Int {
        var count = 0
        while let first = rest.first, first &- UInt8(ascii: "0") <= 9 {
            rest.removeFirst()
            count += 1
        }
        return count
    }
}

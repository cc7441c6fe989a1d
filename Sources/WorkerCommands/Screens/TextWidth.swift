/// How many columns of a terminal a text takes.
enum TextWidth {
    static func of(_ text: String) -> Int { text.reduce(0) { $0 + width($1) } }

    /// The text in exactly so many columns: cut, with `…` in its end, or filled.
    static func fit(_ text: String, _ columns: Int) -> String {
        guard columns > 0 else { return "" }
        let cut = cut(text, columns)
        return cut + String(repeating: " ", count: columns - of(cut))
    }

    /// The text in so many columns at most.
    static func cut(_ text: String, _ columns: Int) -> String {
        guard columns > 0 else { return "" }
        var result = ""
        var used = 0
        for character in text {
            let width = width(character)
            guard used + width <= columns else {
                while let last = result.last, used >= columns {
                    used -= Self.width(last)
                    result.removeLast()
                }
                return result + "…"
            }
            result.append(character)
            used += width
        }
        return result
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first, first.value >= 0x300 else { return 1 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: return wide.contains { $0.contains(first.value) } ? 2 : 1
        }
    }

    /// East Asian letters and pictures.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
}

import CeleryProtocol

/// Values as screens show them.
enum ScreenText {
    /// One line of what came from outside: nothing in it moves the cursor or colours the terminal.
    static func line(_ text: String, most: Int = 200) -> String { LetterText.line(text, most: most) }

    /// A time in seconds, in few letters: `0.34s`, `12s`, `5m03s`, `2h07m`, `3d04h`.
    static func span(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "-" }
        let seconds = max(0, seconds)
        if seconds < 10 { return "\(decimals(seconds, 2))s" }
        let whole = Int(seconds)
        func pair(_ large: Int, _ unit: String, _ small: Int, _ smallUnit: String) -> String {
            "\(large)\(unit)\(small < 10 ? "0" : "")\(small)\(smallUnit)"
        }
        switch whole {
        case ..<60: return "\(whole)s"
        case ..<3_600: return pair(whole / 60, "m", whole % 60, "s")
        case ..<86_400: return pair(whole / 3_600, "h", whole / 60 % 60, "m")
        default: return pair(whole / 86_400, "d", whole / 3_600 % 24, "h")
        }
    }

    /// A rate in three or four digits.
    static func rate(_ rate: Double) -> String {
        rate < 100 ? decimals(rate, 1) : Int(exactly: rate.rounded()).map(String.init) ?? "-"
    }

    /// A number with one or two decimals; `-` for one that is too large, or none.
    static func decimals(_ value: Double, _ count: Int) -> String {
        let factor: UInt = count == 1 ? 10 : 100
        guard let scaled = Int(exactly: (value * Double(factor)).rounded()) else { return "-" }
        let rest = String(scaled.magnitude % factor)
        return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / factor)."
            + String(repeating: "0", count: count - rest.count) + rest
    }

    /// A text in lines of so many columns.
    static func wrapped(_ text: String, _ columns: Int) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { part -> [String] in
            var lines: [String] = []
            var rest = Substring(line(String(part), most: 4_096))
            repeat {
                let head = rest.prefix(max(8, columns))
                lines.append(String(head))
                rest = rest.dropFirst(head.count)
            } while !rest.isEmpty
            return lines
        }
    }
}

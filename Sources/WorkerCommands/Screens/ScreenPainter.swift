/// Turns lines into what a terminal is sent: the whole screen each time, so that nothing can be left over.
struct ScreenPainter: Sendable, Hashable {
    var isColoured: Bool

    /// - Parameters:
    ///   - lines: those beyond the last row are left out.
    ///   - rows, columns: of the terminal; lines are cut at the last column.
    func paint(_ lines: [ScreenLine], rows: Int, columns: Int) -> [UInt8] {
        var text = "\u{1B}[H"
        for row in 0..<max(0, rows) {
            if row > 0 { text += "\r\n" }
            if row < lines.count { text += paint(lines[row], columns) }
            text += "\u{1B}[0m\u{1B}[K"
        }
        return Array(text.utf8)
    }

    private func paint(_ line: ScreenLine, _ columns: Int) -> String {
        var text = ""
        var left = columns
        for span in line.spans where left > 0 {
            let cut = TextWidth.cut(span.text, left)
            left -= TextWidth.of(cut)
            text += "\u{1B}[\(codes(span.look))m\(cut)"
        }
        if line.spans.last?.look.isReversed == true { text += String(repeating: " ", count: left) }
        return text
    }

    private func codes(_ look: ScreenLine.Look) -> String {
        var codes = ["0"]
        if look.isBold { codes.append("1") }
        if look.isDim { codes.append("2") }
        if look.isReversed { codes.append("7") }
        if isColoured, let colour = look.colour { codes.append(String(colour.rawValue)) }
        return codes.joined(separator: ";")
    }
}

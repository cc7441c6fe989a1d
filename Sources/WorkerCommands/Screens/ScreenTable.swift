/// Rows in columns, each as wide as it must be.
enum ScreenTable {
    /// - Parameters:
    ///   - rightAligned: the columns of numbers.
    ///   - look: of a cell, by row and column.
    static func lines(
        _ heads: [String],
        _ rows: [[String]],
        rightAligned: Set<Int> = [],
        look: (Int, Int) -> ScreenLine.Look = { _, _ in .plain }
    ) -> [ScreenLine] {
        var widths = heads.map(TextWidth.of)
        for row in rows {
            for (column, cell) in row.enumerated() { widths[column] = max(widths[column], TextWidth.of(cell)) }
        }
        func cell(_ text: String, _ column: Int) -> String {
            let fill = String(repeating: " ", count: max(0, widths[column] - TextWidth.of(text)))
            return rightAligned.contains(column) ? fill + text : text + fill
        }
        func line(_ cells: [String], _ look: (Int) -> ScreenLine.Look) -> ScreenLine {
            var line = ScreenLine("")
            for (column, text) in cells.enumerated() {
                line = line.adding(cell(text, column), look(column)).adding(column == cells.count - 1 ? "" : "  ")
            }
            return line
        }
        return [line(heads) { _ in .bold }] + rows.enumerated().map { row, cells in line(cells) { look(row, $0) } }
    }
}

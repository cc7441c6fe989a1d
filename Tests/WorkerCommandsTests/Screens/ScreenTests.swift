import Testing

@testable import WorkerCommands

@Suite struct ScreenTests {
    @Test(arguments: [
        ("j", [Key.character("j")]), ("jk", [.character("j"), .character("k")]), ("\u{1B}", [.escape]),
        ("\u{1B}[A", [.up]), ("\u{1B}OB", [.down]), ("\u{1B}[5~\u{1B}[6~", [.pageUp, .pageDown]),
        ("\u{1B}[H\u{1B}[F", [.home, .end]), ("\r", [.enter]), ("\n", [.enter]),
        ("é名", [.character("é"), .character("名")]),
        ("\u{1B}[1;5C", []), ("\u{1B}[", []), ("\u{01}\u{7F}", []), ("\u{1B}q", [.escape, .character("q")]),
    ]) func keys(_ text: String, _ keys: [Key]) {
        #expect(Key.read(Array(text.utf8)) == keys)
    }

    /// No bytes end it, or are read for ever.
    @Test func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 0...12, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            #expect(Key.read(bytes).count <= bytes.count)
        }
    }

    @Test(arguments: [
        ("abc", 3, "abc"), ("abc", 5, "abc  "), ("abcdef", 4, "abc…"), ("abc", 0, ""), ("名前名", 6, "名前名"),
        ("名前名", 5, "名前…"), ("名前名", 4, "名… "), ("e\u{301}x", 2, "e\u{301}x"),
    ]) func widths(_ text: String, _ columns: Int, _ fitted: String) {
        #expect(TextWidth.fit(text, columns) == fitted)
        #expect(TextWidth.of(TextWidth.fit(text, columns)) == columns)
    }

    @Test func paint() {
        let lines = [ScreenLine("ab", .bold).adding("cd", .coloured(.red)), ScreenLine("x").reversed, "never"]
        let plain = String(decoding: ScreenPainter(isColoured: false).paint(lines, rows: 2, columns: 3), as: UTF8.self)
        #expect(
            plain
                == "\u{1B}[H\u{1B}[0;1mab\u{1B}[0m…\u{1B}[0m\u{1B}[K\r\n\u{1B}[0;7mx  \u{1B}[0m\u{1B}[K"
        )
        let coloured = String(
            decoding: ScreenPainter(isColoured: true).paint(lines, rows: 1, columns: 9),
            as: UTF8.self
        )
        #expect(coloured == "\u{1B}[H\u{1B}[0;1mab\u{1B}[0;31mcd\u{1B}[0m\u{1B}[K")
        // Rows that are left over are emptied.
        let empty = String(decoding: ScreenPainter(isColoured: true).paint([], rows: 2, columns: 9), as: UTF8.self)
        #expect(empty == "\u{1B}[H\u{1B}[0m\u{1B}[K\r\n\u{1B}[0m\u{1B}[K")
    }

    @Test(arguments: [
        (0.0, "0.00s"), (1.234, "1.23s"), (9.99, "9.99s"), (12.7, "12s"), (63, "1m03s"), (3_660, "1h01m"),
        (90_000, "1d01h"), (-5, "0.00s"), (.infinity, "-"), (.nan, "-"),
    ]) func spans(_ seconds: Double, _ text: String) {
        #expect(ScreenText.span(seconds) == text)
    }

    @Test(arguments: [
        (0.0, "0.00"), (-0.126, "-0.13"), (1.005e15, "1005000000000000.00"), (1e300, "-"), (-1e300, "-"),
        (.infinity, "-"), (.nan, "-"),
    ]) func decimals(_ value: Double, _ text: String) {
        #expect(ScreenText.decimals(value, 2) == text)
    }

    @Test(arguments: [
        (0.0, "0.0"), (0.25, "0.3"), (12.34, "12.3"), (99.96, "100.0"), (1_234.5, "1235"), (1e300, "-"), (.nan, "-"),
    ])
    func rates(_ rate: Double, _ text: String) {
        #expect(ScreenText.rate(rate) == text)
    }

    @Test func wrapped() {
        #expect(ScreenText.wrapped("abcdefghij\n\nk\u{1B}", 8) == ["abcdefgh", "ij", "", "k "])
    }
}

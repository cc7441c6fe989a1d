import CeleryProtocol
import JSON
import OrderedCollections
import Platform
import Testing

@testable import WorkerCommands

@Suite struct MonitorViewTests {
    private static let rows = 10

    private func state() throws -> MonitorState {
        var state = MonitorState(at: 0)
        try state.hear("received", "one", ["name": "a.one", "args": "(1,)"], at: 1)
        try state.hear(
            "failed",
            "one",
            ["exception": "KeyError('x')", "traceback": "Traceback\n  line\nKeyError"],
            at: 2
        )
        try state.hear("received", "two", ["name": "a.two"], at: 3)
        try state.hear("started", "two", at: 4)
        try state.hear("received", "three", ["name": "a.three"], at: 5)
        return state
    }

    /// Presses keys; what was wished for.
    private func press(_ view: inout MonitorView, _ keys: String, _ state: MonitorState) -> [MonitorView.Wish] {
        keys.compactMap { view.press(.character($0), state, rows: Self.rows) }
    }

    @Test(arguments: [
        ("", "three"), ("j", "two"), ("jj", "one"), ("jjj", "one"), ("jjk", "two"), ("k", "three"), ("G", "one"),
        ("Gg", "three"), ("f", "three"), ("ff", "one"), ("fff", "three"), ("JJ", "one"),
    ]) func chosen(_ keys: String, _ id: String) throws {
        let state = try state()
        var view = MonitorView()
        #expect(press(&view, keys, state).isEmpty)
        #expect(view.task(state)?.id == id)
    }

    /// What is chosen stays chosen when others come.
    @Test func choiceStays() throws {
        var state = try state()
        var view = MonitorView()
        _ = press(&view, "j", state)
        for number in 0..<100 { try state.hear("received", "new\(number)", at: 9) }
        #expect(view.task(state)?.id == "two")
        _ = press(&view, "g", state)
        #expect(view.task(state)?.id == "new99")
    }

    @Test(arguments: [
        ("i", MonitorView.Page.info("three")), ("r", .result("three")), ("c", .revoke("three")), ("l", .workers),
        ("?", .help), ("jjt", .traceback("one")), ("JJT", .traceback("one")),
    ]) func pages(_ keys: String, _ page: MonitorView.Page) throws {
        let state = try state()
        var view = MonitorView()
        #expect(press(&view, keys, state).isEmpty)
        #expect(view.page == page)
        #expect(view.press(.escape, state, rows: Self.rows) == nil)
        #expect(view.page == nil)
    }

    @Test(arguments: [
        ("t", "The task has no traceback."), ("jjc", "The task has ended: it can't be revoked any more."),
    ])
    func notes(_ keys: String, _ note: String) throws {
        let state = try state()
        var view = MonitorView()
        #expect(press(&view, keys, state).isEmpty)
        #expect(view.note == note)
        #expect(view.page == nil)
        let none = MonitorState(at: 0)
        _ = press(&view, "i", none)
        #expect(view.note == "There is no task yet.")
    }

    @Test(arguments: [
        ("cy", [MonitorView.Wish.revoke("three", terminates: false)]), ("cT", [.revoke("three", terminates: true)]),
        ("cn", []), ("cc", []), ("cq", []), ("e", [.enableEvents]), ("q", [.quit]), ("Q", [.quit]), ("iq", []),
    ]) func wishes(_ keys: String, _ wishes: [MonitorView.Wish]) throws {
        let state = try state()
        var view = MonitorView()
        #expect(press(&view, keys, state) == wishes)
    }

    @Test func escapeEnds() throws {
        var view = MonitorView()
        #expect(view.press(.escape, try state(), rows: Self.rows) == .quit)
    }

    // MARK: The picture

    private func picture(
        _ state: MonitorState,
        _ view: MonitorView,
        rows: Int = 20,
        columns: Int = 120,
        now: Double = 6
    )
        -> [String]
    {
        let size = Terminal.Size(rows: rows, columns: columns)
        return MonitorScreen(state: state, view: view, place: "amqp://b//", size: size, now: now).lines.map(\.text)
    }

    @Test func picture() throws {
        let lines = picture(try state(), MonitorView())
        #expect(lines.count == 20)
        #expect(lines[0].hasSuffix(" events  amqp://b//"))
        #expect(lines[1].hasPrefix("workers 1/1  tasks 3  running 1  received 0.6/s  succeeded 0.0/s  failed 0.2/s"))
        let list = lines[4...6].map { $0.split(separator: " ").map(String.init) }
        #expect(
            list == [
                ["three", "w@h", "a.three", "1.00s", "RECEIVED"], ["two", "w@h", "a.two", "2.00s", "STARTED"],
                ["one", "w@h", "a.one", "4.00s", "FAILURE"],
            ]
        )
        #expect(lines[17].hasPrefix("Chosen: a.three three RECEIVED"))
        #expect(lines[19].hasPrefix("Keys: "))
    }

    @Test(arguments: [(24, 80), (10, 40), (8, 20), (1, 1), (60, 300)])
    func fits(_ rows: Int, _ columns: Int) throws {
        var state = try state()
        for number in 0..<200 { try state.hear("received", "new\(number)", ["name": .string("名前.\(number)")], at: 5) }
        var view = MonitorView()
        for keys in ["", "G", "i", " l", " ?", " c"] {
            for key in keys { _ = view.press(.character(key), state, rows: 2) }
            let size = Terminal.Size(rows: rows, columns: columns)
            let lines = MonitorScreen(state: state, view: view, place: "p", size: size, now: 6).lines
            #expect(lines.count == max(9, rows))
            let painted = String(
                decoding: ScreenPainter(isColoured: false).paint(lines, rows: rows, columns: columns),
                as: UTF8.self
            )
            let plain = painted.split(separator: "\r\n", omittingEmptySubsequences: false).map(Self.withoutCodes)
            #expect(plain.count == rows)
            for line in plain { #expect(TextWidth.of(line) <= columns) }
        }
    }

    @Test func theChosenIsAlwaysVisible() throws {
        var state = try state()
        for number in 0..<200 { try state.hear("received", "new\(number)", at: 5) }
        var view = MonitorView()
        _ = press(&view, "G", state)
        let size = Terminal.Size(rows: 20, columns: 100)
        let lines = MonitorScreen(state: state, view: view, place: "p", size: size, now: 6).lines
        let chosen = lines.filter { $0.spans.contains { $0.look.isReversed } }
        #expect(chosen.map { $0.text.hasPrefix("one ") } == [true])
    }

    @Test func pagesShowWhatIsKnown() throws {
        var state = try state()
        try state.hearWorker("heartbeat", ["freq": 2.0, "active": 1, "processed": 9, "loadavg": [0.5]], at: 5.5)
        var view = MonitorView()
        _ = press(&view, "Gi", state)
        var text = picture(state, view, rows: 30).joined(separator: "\n")
        for word in ["Task one", "a.one", "(1,)", "KeyError('x')", "FAILURE"] { #expect(text.contains(word)) }
        _ = press(&view, "xt", state)
        text = picture(state, view, rows: 30).joined(separator: "\n")
        #expect(text.contains("  Traceback\n    line\n  KeyError"))
        _ = press(&view, "xl", state)
        text = picture(state, view, rows: 30).joined(separator: "\n")
        #expect(text.contains("w@h     online  0.50s       1          9  0.50"))
        _ = press(&view, "xr", state)
        #expect(picture(state, view, rows: 30).joined().contains("KeyError('x')"))
    }

    /// Workers that send nothing are no reason to sit before an empty screen.
    @Test func emptyScreenSaysWhy() throws {
        var state = MonitorState(at: 0)
        #expect(!picture(state, MonitorView(), now: 1).joined().contains("No worker"))
        #expect(picture(state, MonitorView(), now: 4).joined().contains("No worker is heard of."))
        try state.hearWorker("heartbeat", at: 4)
        #expect(picture(state, MonitorView(), now: 4).joined().contains("started without -E. Press e"))
        try state.hear("started", "1", at: 5)
        #expect(!picture(state, MonitorView(), now: 5).joined().contains("Press e"))
    }

    @Test func nothingFromOutsideMovesTheCursor() throws {
        var state = MonitorState(at: 0)
        let evil: JSONValue = "\u{1B}[2Jx\u{9B}y\n"
        try state.hear("received", "\u{1B}]0;id", ["name": evil, "args": evil], of: "w\u{1B}c", at: 1)
        try state.hear("failed", "\u{1B}]0;id", ["exception": evil, "traceback": evil], of: "w\u{1B}c", at: 1)
        for keys in ["", "i", "r", "t", "l"] {
            var view = MonitorView()
            _ = press(&view, keys, state)
            let text = picture(state, view).joined()
            #expect(!text.unicodeScalars.contains { $0.properties.generalCategory == .control })
        }
    }

    private static func withoutCodes(_ line: some StringProtocol) -> String {
        var result = ""
        var isCode = false
        for character in line {
            if character == "\u{1B}" {
                isCode = true
            } else if isCode {
                isCode = !character.isLetter
            } else {
                result.append(character)
            }
        }
        return result
    }
}

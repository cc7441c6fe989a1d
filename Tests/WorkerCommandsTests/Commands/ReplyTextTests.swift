import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import WorkerCommands

/// Replies as Celery prints them.
@Suite struct ReplyTextTests {
    private let plain = ReplyText(style: .plain, isQuiet: false)

    @Test(
        arguments: [
            (["ok": "pong"], "->  w@h: OK\n        pong"),
            (["error": "unknown task"], "->  w@h: ERROR\n        unknown task"),
            (["ok": "a\nb"], "->  w@h: OK\n        a\n        b"),
            ([], "->  w@h: OK\n    - empty -"),
            (["t.add", "t.mul [rate_limit=10/m]"], "->  w@h: OK\n    * t.add\n    * t.mul [rate_limit=10/m]"),
            (
                [["id": "x", "args": [1, "it's"], "time": .null, "on": true]],
                "->  w@h: OK\n    * {'id': 'x', 'args': [1, \"it's\"], 'time': None, 'on': True}"
            ),
            (
                ["b": 1, "a": ["z", 1.5], "e": [], "o": [:]],
                "->  w@h: OK\n    {\n        \"a\": [\n            \"z\",\n            1.5\n        ],\n        \"b\": 1,\n"
                    + "        \"e\": [],\n        \"o\": {}\n    }"
            ),
            ([:], "->  w@h: OK\n    {}"),
            ("35.949MB", "->  w@h: OK\n    35.949MB"),
            (.null, "->  w@h: OK\n    None"),
            (["ok": ["ok": "inner"]], "->  w@h: OK\n            inner"),
            (["ü": "ß"], "->  w@h: OK\n    {\n        \"\\u00fc\": \"\\u00df\"\n    }"),
        ] as [(JSONValue, String)]
    )
    func page(value: JSONValue, text: String) {
        #expect(plain.page(ControlReply(node: "w@h", value)) == text)
    }

    @Test func aQuietOneHasNoArrow() {
        let quiet = ReplyText(style: .plain, isQuiet: true)
        #expect(quiet.head(ControlReply(node: "w@h", ControlReply.pong)) == " w@h: OK")
    }

    @Test func coloursAreCelerys() {
        let coloured = ReplyText(style: TextStyle(isColoured: true), isQuiet: false)
        let head = coloured.head(ControlReply(node: "w@h", ControlReply.pong))
        #expect(
            head == "\u{1B}[37m\u{1B}[1m->\u{1B}[0m  \u{1B}[36m\u{1B}[1mw@h: \u{1B}[0m\u{1B}[32m\u{1B}[1mOK\u{1B}[0m"
        )
        #expect(coloured.head(ControlReply(node: "w@h", ["error": "x"])).contains("\u{1B}[31m\u{1B}[1mERROR"))
    }

    @Test func jsonIsOneObjectOrAList() {
        let replies = [ControlReply(node: "a@h", ControlReply.pong), ControlReply(node: "b@h", [1, .null])]
        #expect(ReplyText.object(replies) == #"{"a@h": {"ok": "pong"}, "b@h": [1, null]}"#)
        #expect(ReplyText.list(replies) == #"[{"a@h": {"ok": "pong"}}, {"b@h": [1, null]}]"#)
        #expect(ReplyText.count(replies) == "\n2 nodes online.")
        #expect(ReplyText.count([replies[0], replies[0]]) == "\n1 node online.")
    }
}

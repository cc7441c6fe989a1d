import BrokerModel
import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// Choosing dead letters, as `dead-letters list` and `replay` do.
@Suite struct DeadLetterFilterTests {
    private let now = Instant(secondsSince1970: 1_800_000_000)

    private func letter(
        _ body: String = #"[["01J"], {"size": 7}, null]"#,
        change: (inout FieldTable) -> Void = { _ in }
    )
        -> DeadLetter
    {
        var headers: FieldTable = [
            "task": "video.cut", "id": "i-1", "x-swiftworker-dead-reason": "failed",
            "x-swiftworker-dead-exception-type": "ConnectionResetError", "x-swiftworker-dead-queue": "video",
            "x-swiftworker-dead-last-failure": .string((now - .seconds(3_600)).iso8601()),
        ]
        change(&headers)
        let message = IncomingMessage(
            exchange: "swiftworker.dead",
            routingKey: "video",
            queue: "video.dead",
            properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8", headers: headers),
            body: Array(body.utf8)
        )
        return DeadLetter(message, payloads: PayloadDecoder(), opensBody: true)
    }

    private func matches(_ letter: DeadLetter? = nil, _ change: (inout DeadLetterFilter) -> Void) -> Bool {
        var filter = DeadLetterFilter()
        change(&filter)
        return filter.matches(letter ?? self.letter(), now: now) { $0 == "video.cut" ? ["user_id"] : [] }
    }

    @Test func withoutConditionsAllFit() {
        #expect(matches { _ in })
        let nothing = IncomingMessage(routingKey: "", queue: "", properties: MessageProperties(), body: [])
        #expect(matches(DeadLetter(nothing, payloads: PayloadDecoder(), opensBody: true)) { _ in })
    }

    @Test func byNames() {
        #expect(matches { $0.queue = "vid*" })
        #expect(!matches { $0.queue = "video.dead" })
        #expect(matches { $0.task = "video.*" })
        #expect(!matches { $0.task = "video" })
        #expect(matches { $0.ids = ["i-1", "i-2"] })
        #expect(!matches { $0.ids = ["i"] })
        #expect(matches { $0.reason = .failed })
        #expect(!matches { $0.reason = .rejected })
        #expect(
            !matches {
                $0.task = "video.*"; $0.ids = ["other"]
            }
        )
    }

    @Test(arguments: [
        ("ConnectionResetError", true), ("Connection*", true), ("ConnectionError", true), ("OSError", true),
        ("Exception", true), ("ValueError", false), ("ConnectionReset", false),
    ])
    func byException(_ pattern: String, _ expected: Bool) {
        #expect(matches { $0.exception = pattern } == expected)
    }

    @Test(arguments: [
        ("NotRegistered", true), ("celery.exceptions.NotRegistered", true), ("celery.*", true), ("KeyError", true),
        ("proj.*", false),
    ])
    func byExceptionWithModule(_ pattern: String, _ expected: Bool) {
        let letter = letter { $0["x-swiftworker-dead-exception-type"] = "celery.exceptions.NotRegistered" }
        #expect(matches(letter) { $0.exception = pattern } == expected)
    }

    @Test func byAge() {
        #expect(matches { $0.olderThan = .seconds(3_600) })
        #expect(!matches { $0.olderThan = .seconds(3_601) })
        #expect(matches { $0.newerThan = .seconds(3_600) })
        #expect(!matches { $0.newerThan = .seconds(3_599) })
        let ageless = letter { $0["x-swiftworker-dead-last-failure"] = nil }
        #expect(!matches(ageless) { $0.olderThan = .zero })
    }

    @Test(arguments: [
        ("user_id=01J", true), ("0=01J", true), ("size=7", true), ("size=8", false), ("user_id=", false),
        ("none=01J", false),
    ])
    func byArgument(_ text: String, _ expected: Bool) throws {
        let argument = try #require(DeadLetterFilter.Argument(text))
        #expect(matches { $0.arguments = [argument] } == expected)
    }

    @Test func byArgumentOfWhatCantBeOpened() throws {
        let argument = try #require(DeadLetterFilter.Argument("user_id=01J"))
        #expect(!matches(letter("broken")) { $0.arguments = [argument] })
        for text in ["", "x", "=x", "a.=x"] { #expect(DeadLetterFilter.Argument(text) == nil) }
    }

    @Test(arguments: ["eta", "expires", "retries", "timelimit"])
    func whatIsNoTaskForAnotherFieldIsFoundByItsNames(_ field: String) {
        let letter = letter { $0[field] = "nonsense" }
        #expect(letter.headers == nil && letter.id == "i-1" && letter.task == "video.cut")
        #expect(
            matches(letter) {
                $0.task = "video.*"; $0.ids = ["i-1"]
            }
        )
        #expect(!matches(letter) { $0.ids = ["i-2"] })
    }

    @Test func protocolOneIsReadFromItsBody() throws {
        let body = #"{"task": "old.task", "id": "v1", "args": ["01J"], "kwargs": {}}"#
        let letter = letter(body) { headers in
            headers["task"] = nil
            headers["id"] = nil
        }
        #expect(
            matches(letter) {
                $0.task = "old.*"; $0.ids = ["v1"]
            }
        )
        let argument = try #require(DeadLetterFilter.Argument("0=01J"))
        #expect(matches(letter) { $0.arguments = [argument] })
    }

    @Test(
        arguments: [
            ("90s", 90), ("30m", 1_800), ("12h", 43_200), ("7d", 604_800), ("45", 45), ("0", 0), ("", nil), ("d", nil),
            ("-1s", nil),
            ("1.5h", nil), ("1 h", nil), ("9223372036854775807d", nil), ("9223372036854775807", nil), ("٣s", nil),
        ] as [(String, Int?)]
    )
    func ages(_ text: String, _ expected: Int?) {
        #expect(Duration(age: text) == expected.map { .seconds($0) })
    }
}

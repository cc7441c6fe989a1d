import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// Reading limits; the table is what Celery's `rate()` gives.
@Suite struct RateLimitTests {
    @Test(
        arguments: [
            ("10/s", 10), ("10/m", 1.0 / 6), ("10/h", 10.0 / 3600), ("0.5/s", 0.5), ("10", 10), ("10/", 10),
            (" 10 /s", 10),
            ("1e3/s", 1000), ("", nil), ("0/s", nil), ("0", nil),
        ] as [(String, Double?)]
    )
    func reads(_ text: String, _ expected: Double?) throws {
        #expect(try RateLimit.parse(text)?.perSecond == expected)
    }

    @Test(arguments: [
        ("abc", "ValueError(\"could not convert string to float: 'abc'\")"),
        ("/s", "ValueError(\"could not convert string to float: ''\")"),
        ("0x10/s", "ValueError(\"could not convert string to float: '0x10'\")"),
        ("10/x", "KeyError('x')"), ("10/s/m", "KeyError('s/m')"), ("10 / m", "KeyError(' m')"),
        ("-1/s", "ValueError('not a rate: -1/s; say for example 10/s, 10/m or 10/h')"),
        ("1/h000", "KeyError('h000')"),
        ("1e-300/s", "ValueError('not a rate: 1e-300/s; say for example 10/s, 10/m or 10/h')"),
        ("1e999/s", "ValueError('not a rate: 1e999/s; say for example 10/s, 10/m or 10/h')"),
        ("nan/s", "ValueError(\"could not convert string to float: 'nan'\")"),
    ])
    func refuses(_ text: String, _ expected: String) {
        do {
            _ = try RateLimit.parse(text)
            Issue.record("\(text) is read")
        } catch {
            #expect(error.repr == expected)
        }
    }

    @Test func readsValues() throws {
        #expect(try RateLimit.parse(JSONValue.null) == nil)
        #expect(try RateLimit.parse(0) == nil)
        #expect(try RateLimit.parse(5)?.perSecond == 5)
        #expect(try RateLimit.parse(2.5)?.perSecond == 2.5)
        #expect(try RateLimit.parse("10/m")?.interval == .seconds(6))
        for value: JSONValue in [true, [], [:], .double(.nan), -1] {
            #expect(throws: PythonException.self) { try RateLimit.parse(value) }
        }
    }

    @Test(arguments: ["10/s", "1/m", "10/h", "90/m", "7/m", "1000000/s"])
    func isShownAsItIsSaid(_ text: String) throws {
        let limit = try #require(try RateLimit.parse(text))
        #expect(try RateLimit.parse(limit.description)?.interval == limit.interval)
    }
}

/// Finding a value among arguments.
@Suite struct ArgumentPathTests {
    private func text(_ path: String, _ call: String, _ parameters: [String] = []) throws -> String? {
        let root = try JSONDocument(Array(call.utf8)).root
        let path = try #require(ArgumentPath(path))
        return path.text(args: try #require(root[0]), kwargs: try #require(root[1]), parameters: parameters)
    }

    @Test(arguments: [
        ("user_id", #"[[], {"user_id": "01J"}]"#, "01J"),
        ("user_id", #"[[], {"user_id": 7}]"#, "7"),
        ("user_id", #"[["a", "b"], {}]"#, "b"),
        ("user_id", #"[["a"], {}]"#, nil),
        ("0", #"[["a", "b"], {}]"#, "a"),
        ("-1", #"[["a", "b"], {}]"#, nil),
        ("order.customer.id", #"[[], {"order": {"customer": {"id": null}}}]"#, "null"),
        ("order.items.1", #"[[], {"order": {"items": [1, [2, "x"]]}}]"#, #"[2, "x"]"#),
        ("order.items.x", #"[[], {"order": {"items": [1]}}]"#, nil),
        ("order.id.x", #"[[], {"order": {"id": 1}}]"#, nil),
    ])
    func finds(_ path: String, _ call: String, _ expected: String?) throws {
        #expect(try text(path, call, ["recording_id", "user_id"]) == expected)
    }

    @Test func isNeverEmpty() {
        for text in ["", ".", "a.", ".a", "a..b"] { #expect(ArgumentPath(text) == nil) }
    }
}

/// Which rules are about a task.
@Suite struct RateRulesTests {
    @Test func matchesByQueueAndTask() throws {
        let path = try #require(ArgumentPath("user_id"))
        let limit = try #require(RateLimit(perSecond: 1))
        let rules = RateRules([
            RateRule(name: "nothing"),
            RateRule(name: "videos", task: "video.*", partition: .argument(path), rate: limit),
            RateRule(name: "slow", queue: "slow", concurrency: 2),
            .task("video.c*t", limit),
        ])
        #expect(rules.rules.map(\.name) == ["videos", "slow", "task:video.c*t"])
        #expect(rules.matching(task: "video.cut", queue: "slow") == [0, 1])
        #expect(rules.matching(task: "video.c*t", queue: "fast") == [0, 2])
        #expect(rules.matching(task: "add", queue: "fast") == [])
        #expect(rules.needArguments([0, 1]))
        #expect(!rules.needArguments([1]))
        let keys = rules.keys([0, 1]) { $0 == path ? "7" : nil }
        #expect(keys == [RateKey(rule: 0, value: "7"), RateKey(rule: 1)])
        #expect(rules.keys([0]) { _ in nil } == [RateKey(rule: 0)])
    }

    @Test func keysAreBounded() {
        let long = String(repeating: "ä", count: 10_000)
        let key = RateKey(rule: 0, value: long + "1")
        #expect(key.value.utf8.count < RateKey.maximumBytes)
        #expect(key == RateKey(rule: 0, value: long + "1"))
        #expect(key != RateKey(rule: 0, value: long + "2"))
    }
}

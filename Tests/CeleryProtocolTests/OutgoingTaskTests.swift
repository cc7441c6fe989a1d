import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import OrderedCollections
import Testing

@Suite("Publishing")
struct OutgoingTaskTests {
    private func now() throws -> Instant {
        try #require(Instant(iso8601: "2026-11-23T02:09:39.513678Z"))
    }

    /// A task with what the recording app gives every message.
    private func task(_ message: IncomingMessage, args: [JSONValue] = [1, 2], kwargs: JSONObject = [:]) throws
        -> OutgoingTask
    {
        let id = try #require(message.properties.correlationID)
        var task = OutgoingTask(task: "proj.add", id: id, args: args, kwargs: kwargs, origin: "gen1@vm")
        task.lang = "py"
        task.replyTo = message.properties.replyTo
        return task
    }

    private func expectSame(_ task: OutgoingTask, _ message: IncomingMessage) throws {
        let queue = try QueueCatalogue().topology("celery")
        let sent = try task.message(to: queue, now: try now())
        #expect(sent.exchange == "")
        #expect(sent.routingKey == "celery")
        #expect(sent.properties == message.properties)
        #expect(text(sent.body) == text(message.body))
    }

    @Test("a plain call is Celery's message, byte for byte")
    func plain() throws {
        let message = try Vectors.message("v2_plain")
        try expectSame(try task(message), message)
    }

    @Test("keyword arguments and texts are Celery's")
    func kwargs() throws {
        let message = try Vectors.message("v2_kwargs")
        let kwargs: JSONObject = ["x": 1, "y": "ä\u{2028}\u{1f600}\"'\\\n"]
        try expectSame(try task(message, args: [], kwargs: kwargs), message)
    }

    @Test("every option is Celery's")
    func full() throws {
        let message = try Vectors.message("v2_full")
        let kwargs: JSONObject = ["deep": [[[[1]]]], "none": .null, "yes": true]
        var task = try task(message, args: [1, 2.5], kwargs: kwargs)
        task.setCountdown(.seconds(10), now: try now())
        task.expires = try now() + .seconds(60)
        task.priority = 5
        task.headers = ["x-foo": .string("bar"), "big": .int64(1 << 40)]
        task.timeLimit = 30
        task.softTimeLimit = 2.5
        task.shadow = "shown"
        task.ignoreResult = true
        task.rootID = "root"
        task.parentID = "parent"
        task.group = "gid"
        task.groupIndex = 3
        task.retries = 2
        try expectSame(task, message)
    }

    @Test("what follows a task is Celery's")
    func links() throws {
        let message = try Vectors.message("v2_links")
        let callback = Signature(task: "proj.add", args: [4])
        let errback = Signature(task: "proj.tsum", args: [[1]], isImmutable: true)
        var task = try task(message)
        let embed = Embed(callbacks: [callback.jsonValue], errbacks: [errback.jsonValue])
        task.body = .call(args: [1, 2], kwargs: [:], embed: embed)
        try expectSame(task, message)
    }

    @Test("a body sent again is not touched", arguments: ["types", "chain", "chord_part"])
    func encoded(_ name: String) throws {
        let message = try Vectors.message("v2_\(name)")
        let headers = try #require(try TaskHeaders(properties: message.properties))
        var task = try task(message)
        task.body = .encoded(message.body)
        task.argsRepr = headers.argsRepr
        task.kwargsRepr = headers.kwargsRepr
        task.group = headers.group
        task.groupIndex = headers.groupIndex
        try expectSame(task, message)
    }

    @Test("kombu's types print as in Python")
    func typeReprs() throws {
        let message = try Vectors.message("v2_types")
        let root = try JSONValue(parsing: message.body)
        let headers = try #require(try TaskHeaders(properties: message.properties))
        #expect(PythonRepr.safeRepr(args: try #require(root[0]?.array)) == headers.argsRepr)
        #expect(PythonRepr.safeRepr(try #require(root[1])) == headers.kwargsRepr)
    }

    @Test("compressed bodies are read back", arguments: BodyCompression.allCases)
    func compressed(_ compression: BodyCompression) throws {
        var task = OutgoingTask(task: "t", id: "i", args: [.string(String(repeating: "x", count: 5000))], origin: "o")
        task.compression = compression
        let sent = try task.message(exchange: "", routingKey: "q", now: try now())
        #expect(sent.body.count < 1000)
        #expect(sent.properties.headers?.entries.last?.value == .string(compression.headerValue))
        let headers = try TaskHeaders(properties: sent.properties)
        let payload = try PayloadDecoder().decode(body: sent.body, properties: sent.properties, headers: headers)
        #expect(payload.args[0]?.string?.utf8.count == 5000)
    }

    @Test("expiration is milliseconds, and never below zero")
    func expiration() throws {
        var task = OutgoingTask(task: "t", id: "i", origin: "o")
        task.expires = try now() + .microseconds(1_500_900)
        #expect(try task.message(exchange: "", routingKey: "q", now: try now()).properties.expiration == "1500")
        task.expires = try now() - .seconds(5)
        #expect(try task.message(exchange: "", routingKey: "q", now: try now()).properties.expiration == "0")
    }

    @Test("a topic queue is reached through its exchange, in the application's time zone")
    func topic() throws {
        var options = QueueCatalogue.Options()
        options.missingExchangeType = "topic"
        let queue = try QueueCatalogue(options).topology("foo")
        var task = OutgoingTask(task: "t", id: "i", origin: "o")
        task.eta = try now()
        task.utcOffset = 3600
        let sent = try task.message(to: queue, routingKey: "foo.bar", now: try now(), isMandatory: false)
        #expect(sent.exchange == "foo")
        #expect(sent.routingKey == "foo.bar")
        #expect(!sent.isMandatory)
        #expect(sent.properties.headers?["eta"] == .string("2026-11-23T03:09:39.513678+01:00"))
        #expect(sent.properties.replyTo == "")
    }

    @Test("headers of the caller's own replace others of the same name in place")
    func replacedHeaders() throws {
        var task = OutgoingTask(task: "t", id: "i", origin: "o")
        task.headers = ["origin": .string("mine")]
        let sent = try task.message(exchange: "", routingKey: "q", now: try now())
        #expect(sent.properties.headers?.entries.count == 19)
        #expect(sent.properties.headers?["origin"] == .string("mine"))
    }
}

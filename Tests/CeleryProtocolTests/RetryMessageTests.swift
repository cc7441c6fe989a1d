import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

/// Each message that a Python worker published again when its task asked for a retry, made again here.
@Suite("Retries")
struct RetryMessageTests {
    private let now = Instant(iso8601: "2026-11-23T02:09:39.513678Z") ?? Instant(microseconds: 0)

    /// The options of `CALLS` in make_retry_vectors.py that publish something.
    private func changes(_ call: String) -> RetryChanges? {
        var changes = RetryChanges()
        switch call {
        case "zero", "no_throw", "max_nine", "error": break
        case "default": changes.eta = now + .seconds(180)
        case "countdown", "both": changes.eta = now + .seconds(10)
        case "half": changes.eta = now + .milliseconds(500)
        case "eta": changes.eta = Instant(iso8601: "2030-01-02T03:04:05.000006Z")
        case "naive_eta": changes.eta = Instant(iso8601: "2030-01-02T03:04:05Z")
        case "queue": changes.route = MessageRoute(queue: "elsewhere")
        case "priority": changes.priority = 9
        case "arguments":
            changes.args = [7, "ä"]
            changes.kwargs = ["k": .null]
        case "args": changes.args = [7]
        case "kwargs": changes.kwargs = ["z": 1]
        case "expires": changes.expires = now + .seconds(90)
        case "limits":
            changes.timeLimit = 9
            changes.softTimeLimit = 8.5
        default: return nil
        }
        return changes
    }

    private func retry(_ message: IncomingMessage, _ changes: RetryChanges = RetryChanges()) throws -> OutgoingMessage {
        let decoder = PayloadDecoder()
        let headers =
            try TaskHeaders(properties: message.properties)
            ?? decoder.decodeProtocolOne(body: message.body, properties: message.properties).0
        var retry = RetryMessage(of: message, headers: headers, changes: changes, origin: "gen1@vm")
        retry.ignoreResult = false
        return try retry.message(now: now, payloads: decoder)
    }

    /// What of Celery's own message is deliberately otherwise here; see the table at `RetryMessage`.
    private func adapt(_ expected: inout OutgoingMessage, _ name: String, _ call: String, _ old: IncomingMessage) {
        func change(_ header: String, _ value: FieldValue?) { expected.properties.headers?[header] = value }
        change("meth", nil)
        let keepsArguments = call != "arguments"
        switch name {
        case "own_reprs" where keepsArguments:
            change("argsrepr", "<hidden>")
            change("kwargsrepr", "<hidden>")
        case "v2_gzip" where keepsArguments, "v2_bzip2", "v2_lzma":
            change("compression", old.properties.headers?["compression"])
            expected.body = old.body
        case "shadowing":
            let own = old.properties.headers?.entries.filter { ["hostname", "utc"].contains($0.name) } ?? []
            expected.properties.headers?.entries.insert(contentsOf: own, at: 19)
        case "other_id": expected.properties.correlationID = "other"
        case "no_properties": expected.properties.replyTo = nil
        case "v1_full": change("group_index", .int32(3))
        default: break
        }
        if call == "naive_eta" { change("eta", "2030-01-02T03:04:05+00:00") }
    }

    /// The message in lines, so that a difference is one of them.
    private func lines(_ message: OutgoingMessage) -> [String] {
        var properties = message.properties
        let headers = (properties.headers?.entries ?? []).map { "\($0.name): \($0.value)" }
        properties.headers = nil
        return [message.exchange, message.routingKey, "\(properties)", text(message.body)] + headers
    }

    @Test("is Celery's message, header by header and byte by byte")
    func sameAsCelery() throws {
        let vectors = try Vectors.file("retries")
        var compared = 0
        for vector in try #require(vectors["cases"]?.array) {
            let name = try #require(vector["message"]?.string)
            let call = try #require(vector["call"]?.string)
            let published = try #require(vector["published"]?.array)
            guard let changes = changes(call) else {
                #expect(published.isEmpty, "\(name) \(call)")
                continue
            }
            let message = try Vectors.message(try #require(vectors["messages"]?[name]))
            let recorded = try Vectors.message(try #require(published.first))
            var expected = OutgoingMessage(
                exchange: recorded.exchange,
                routingKey: recorded.routingKey,
                properties: recorded.properties,
                body: recorded.body
            )
            adapt(&expected, name, call, message)
            let sent = try retry(message, changes)
            #expect(lines(sent) == lines(expected), "\(name) \(call)")
            compared += 1
        }
        #expect(compared >= 50)
    }

    @Test("a body that is not touched keeps every byte, whatever its spelling")
    func bodyBytes() throws {
        var message = try Vectors.message("v2_plain")
        message.body = Array("\n [ [1e2, \"\\u00e4ä\"] , {} , {\"more\": 1} ]".utf8)
        #expect(try retry(message).body == message.body)
    }

    @Test("integers keep their width, and the broker's counts are stripped")
    func widths() throws {
        var message = try Vectors.message("v2_plain")
        message.properties.headers?["group_index"] = .int64(3)
        message.properties.headers?["x-mine"] = .uint8(7)
        message.properties.headers?["x-delivery-count"] = .int64(3)
        message.properties.headers?["x-acquired-count"] = .int64(4)
        let headers = try #require(try retry(message).properties.headers)
        #expect(headers["group_index"] == .int64(3))
        #expect(headers["x-mine"] == .uint8(7))
        #expect(headers["x-delivery-count"] == nil && headers["x-acquired-count"] == nil)
        #expect(headers["retries"] == .int32(1))
    }

    @Test("a retry of a retry counts on")
    func again() throws {
        var message = try Vectors.message("v2_chain")
        for retries in 1...3 {
            let sent = try retry(message, RetryChanges(eta: now + .seconds(retries)))
            #expect(sent.properties.headers?["retries"] == .int32(Int32(retries)))
            #expect(sent.body == message.body)
            message.properties = sent.properties
        }
    }

    @Test(
        "a count that can't go up stays",
        arguments: [(Int64.max, Int64.max), (Int64.max - 1, Int64.max), (Int64.min, Int64.min + 1)]
    )
    func largestCount(_ given: Int64, _ expected: Int64) throws {
        var message = try Vectors.message("v2_plain")
        message.properties.headers?["retries"] = .int64(given)
        #expect(try retry(message).properties.headers?["retries"] == .int64(expected))
    }

    @Test("times are written in the application's zone")
    func zone() throws {
        let message = try Vectors.message("v2_plain")
        let headers = try #require(try TaskHeaders(properties: message.properties))
        var retry = RetryMessage(of: message, headers: headers, origin: "o")
        retry.changes.eta = now
        retry.changes.expires = now + .seconds(1)
        retry.utcOffset = 3600
        let sent = try retry.message(now: now, payloads: PayloadDecoder())
        #expect(sent.properties.headers?["eta"] == "2026-11-23T03:09:39.513678+01:00")
        #expect(sent.properties.headers?["expires"] == "2026-11-23T03:09:40.513678+01:00")
        #expect(sent.properties.expiration == "1000")
    }

    @Test("a body that has to be opened and can't is an error, not half a message")
    func broken() throws {
        var message = try Vectors.message("v2_gzip")
        message.body = [1, 2, 3]
        #expect(throws: InvalidMessage.self) { try retry(message) }
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

/// Each command with the reply of Celery's own worker, whose panel had two tasks running and one that waits.
@Suite("Control commands")
struct ControlCommandTests {
    private let known: OrderedDictionary<String, OrderedDictionary<String, [String]>> = [
        "run-1": ["tenant": ["a", "b"]], "run-2": ["tenant": ["c"]], "wait-1": [:],
    ]

    /// What a worker does with a command, as far as its reply shows it.
    private func reply(to request: ControlRequest) -> JSONValue {
        do {
            switch try ControlCommand(request) {
            case .inspect(.ping): return ControlReply.pong
            case .revoke(let revocation):
                guard revocation.terminates else { return ControlReply.revoked(revocation.ids) }
                _ = try revocation.signalNumber()
                return ControlReply.terminated(revocation.ids.filter { known[$0] != nil })
            case .revokeByStampedHeaders(let revocation):
                guard revocation.terminates else { return ControlReply.stampsRevoked(revocation.headers) }
                let found = revocation.stamps.compactMapValues { values -> [JSONValue]? in
                    let hits = values.filter { value in
                        known.values.contains { $0["tenant"]?.contains(value.string ?? "") == true }
                    }
                    return hits.isEmpty ? nil : hits
                }
                return ControlReply.stampsTerminated(revocation.headers, stamps: found)
            case .rateLimit(let task, let limit):
                if limit == "abc" {
                    return ControlReply.rateLimitInvalid(.valueError("could not convert string to float: 'abc'"))
                }
                if limit == "10/x" { return ControlReply.rateLimitInvalid(.keyError("x")) }
                return task == "proj.add" ? ControlReply.rateLimitSet(limit) : ControlReply.unknownTask
            case .addConsumer(let consumer): return ControlReply.consumerAdded(consumer.queue)
            case .cancelConsumer(let queue): return ControlReply.consumerCancelled(queue)
            case .pause, .resume, .inspect, .timeLimit, .setTaskEvents, .heartbeat, .election, .resizePool,
                .restartPool, .autoscale,
                .shutdown:
                return .null
            }
        } catch {
            return ControlReply.error(error)
        }
    }

    @Test("are read and answered as by Celery's worker")
    func sameAsCelery() throws {
        let vectors = try #require(try Vectors.file("control")["replies"]?.array)
        try #require(vectors.count > 30)
        for vector in vectors {
            var request = ControlRequest(
                try #require(vector["method"]?.string),
                try #require(vector["arguments"]?.object)
            )
            request.ticket = "ticket-1"
            request.replyTo = .init(exchange: "reply.celery.pidbox", routingKey: "client-oid")
            if request.arguments["signal"] == "9" { continue }
            let recorded = try Vectors.message(try #require(vector["message"]))
            let answer = ControlReply(node: "w1@vm", reply(to: request))
            let sent = try #require(answer.message(to: request, clock: 1))
            #expect(sent.exchange == recorded.exchange && sent.routingKey == recorded.routingKey)
            #expect(sent.properties == recorded.properties)
            #expect(text(sent.body) == text(recorded.body))
            #expect(try ControlReply.read(recorded, ticket: "ticket-1") == [answer])
        }
    }

    @Test("revoke what Celery revokes, with its signals")
    func revocations() throws {
        for vector in try #require(try Vectors.file("control")["replies"]?.array) {
            let request = ControlRequest(
                try #require(vector["method"]?.string),
                try #require(vector["arguments"]?.object)
            )
            guard let command = try? ControlCommand(request) else { continue }
            let signals = try #require(vector["terminated"]?.object).values.compactMap(\.integer)
            switch command {
            case .revoke(let revocation):
                #expect(vector["revoked"] == .array(revocation.ids.map(JSONValue.string)))
                if let signal = signals.first { #expect(try revocation.signalNumber() == signal) }
            case .revokeByStampedHeaders(let revocation):
                let stamps = JSONObject(uniqueKeysWithValues: revocation.stamps.map { ($0.key, .array($0.value)) })
                #expect(vector["revoked_stamps"] == .object(stamps))
                if let signal = signals.first { #expect(revocation.signal == Int32(signal)) }
            default: #expect(vector["revoked"] == [])
            }
        }
    }

    @Test(
        "signals are numbers, names with and without SIG, and numbers as text",
        arguments: [
            (nil, 15), ("", 15), (0, 15), ([], 15), (9, 9), ("9", 9), ("KILL", 9), ("SIGUSR1", 10),
        ] as [(JSONValue?, Int32)]
    )
    func signals(_ signal: JSONValue?, _ expected: Int32) throws {
        #expect(try ControlRevocation(ids: [], signal: signal ?? .null).signalNumber() == expected)
    }

    @Test(
        "signals that do not exist are refused",
        arguments: [-1, 65, "SIG", "term", "Term", "1000", true] as [JSONValue]
    )
    func badSignals(_ signal: JSONValue) {
        #expect(throws: PythonException.self) { try ControlRevocation(ids: [], signal: signal).signalNumber() }
    }

    @Test("ids are texts, each once, in their order")
    func ids() throws {
        let request = ControlRequest("revoke", ["task_id": ["b", "a", "b", 5]])
        #expect(try ControlCommand(request) == .revoke(ControlRevocation(ids: ["b", "a", "5"])))
    }

    @Test(
        "arguments of a wrong kind are errors, and never a trap",
        arguments: [
            ("rate_limit", ["task_name": 1, "rate_limit": "1/s"]), ("cancel_consumer", ["queue": [:]]),
            ("add_consumer", ["queue": .null]), ("add_consumer", ["queue": "q", "exchange_type": "x-random"]),
            ("revoke_by_stamped_headers", ["headers": .null]), ("revoke_by_stamped_headers", ["headers": [1]]),
            ("revoke_by_stamped_headers", ["headers": ["a": [["b"]]]]),
            ("revoke_by_stamped_headers", ["headers": ["a": .string(String(repeating: "x", count: 1024))]]),
            ("revoke", ["task_id": ["a", .string(String(repeating: "x", count: 1025))]]),
            ("pause", [:]), ("pause", ["queue": "a", "task": "b"]), ("pause", ["queue": 5]), ("pause", ["task": ""]),
            ("resume", ["task": .string(String(repeating: "x", count: 513))]),
        ] as [(String, JSONObject)]
    )
    func wrongKinds(_ method: String, _ arguments: JSONObject) {
        #expect(throws: PythonException.self) { try ControlCommand(ControlRequest(method, arguments)) }
    }

    @Test("without an address there is no reply, and another ticket's is left out")
    func tickets() throws {
        let reply = ControlReply(node: "w1@vm", ControlReply.pong)
        #expect(reply.message(to: ControlRequest("ping"), clock: 1) == nil)
        var request = ControlRequest("ping")
        request.replyTo = .init(exchange: "e", routingKey: "k")
        let sent = try #require(reply.message(to: request, clock: 7))
        #expect(sent.properties.headers == ["ticket": .void, "clock": .int32(7)])
        let message = IncomingMessage(routingKey: "k", queue: "k", properties: sent.properties, body: sent.body)
        #expect(try ControlReply.read(message, ticket: "any") == [reply])
        var other = message
        other.properties.headers?["ticket"] = "t2"
        #expect(try ControlReply.read(other, ticket: "t1") == [])
    }

    @Test("pause and resume are our own")
    func pauses() throws {
        let arguments: JSONObject = ["task": "video.*", "queue": .null, "reason": "disk full"]
        let pause = ControlPause(.task, "video.*", reason: "disk full")
        #expect(try ControlCommand(ControlRequest("pause", arguments)) == .pause(pause))
        #expect(try ControlCommand(ControlRequest("resume", ["queue": "q"])) == .resume(ControlPause(.queue, "q")))
        #expect(try ControlCommand(ControlRequest("pause", pause.arguments)) == .pause(pause))
        #expect(ControlReply.paused(pause) == ["ok": "paused tasks 'video.*'"])
        #expect(ControlReply.resumed(pause, wasPaused: false) == ["ok": "not paused: tasks 'video.*'"])
    }

    @Test("a logical clock goes forward only")
    func clock() {
        var clock = LamportClock()
        #expect(clock.forward() == 1)
        clock.adjust(to: 41)
        #expect(clock.time == 42)
        for senseless in [-1, Int.max, 5] { clock.adjust(to: senseless) }
        #expect(clock.forward() == 44)
    }

    @Test("a request is for everyone without destination and pattern")
    func scope() {
        var request = ControlRequest("ping")
        #expect(request.isForEveryone)
        request.pattern = "w*"
        #expect(request.isForEveryone)
        request.matcher = "glob"
        #expect(!request.isForEveryone)
        request.matcher = nil
        request.destination = ["w1@h"]
        #expect(!request.isForEveryone)
    }
}

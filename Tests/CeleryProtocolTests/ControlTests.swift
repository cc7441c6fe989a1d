import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

/// Remote control as Python's clients ask and Python's workers answer, from `Vectors/make_control_vectors.py`.
@Suite("Remote control")
struct ControlTests {
    private func vectors(_ section: String) throws -> JSONValue {
        try #require(try Vectors.file("control")[section])
    }

    private func expectSame(_ sent: OutgoingMessage, _ vector: JSONValue, _ name: String) throws {
        let recorded = try Vectors.message(vector)
        #expect(sent.exchange == recorded.exchange, "\(name)")
        #expect(sent.routingKey == recorded.routingKey, "\(name)")
        #expect(sent.properties == recorded.properties, "\(name)")
        #expect(text(sent.body) == text(recorded.body), "\(name)")
        #expect(!sent.isMandatory)
    }

    @Test("requests are read, and written again byte for byte")
    func requests() throws {
        for (name, vector) in try #require(try vectors("requests").object) {
            let message = try Vectors.message(vector)
            let request = try ControlRequest(message)
            let headers = try #require(message.properties.headers)
            let sent = request.message(
                in: ControlMailbox(),
                clock: try #require(headers["clock"]?.integer),
                expires: headers["expires"]?.number.map { Instant(secondsSince1970: $0) }
            )
            try expectSame(sent, vector, name)
        }
        let request = try ControlRequest(try Vectors.message(try #require(try vectors("requests")["inspect_ping"])))
        #expect(request.method == "ping")
        #expect(request.destination == ["w1@vm", "w2@vm"])
        #expect(request.ticket == "ticket-1")
        #expect(request.replyTo == .init(exchange: "reply.celery.pidbox", routingKey: "client-oid"))
    }

    @Test("a request without an end for replies says zero")
    func withoutEnd() {
        let sent = ControlRequest("ping").message(in: ControlMailbox(), clock: 1, expires: nil)
        #expect(sent.properties.headers?["expires"] == .int32(0))
    }

    private func request(_ body: String, _ properties: MessageProperties? = nil) throws -> ControlRequest {
        let properties = properties ?? MessageProperties(contentType: "application/json", contentEncoding: "utf-8")
        return try ControlRequest(
            IncomingMessage(routingKey: "", queue: "q", properties: properties, body: Array(body.utf8))
        )
    }

    @Test("what other versions leave out or spell otherwise is no error")
    func lenient() throws {
        let bare = try request(#"{"method": "ping"}"#)
        #expect(bare == ControlRequest("ping"))
        let nulls =
            #"{"method":"ping","arguments":null,"destination":null,"pattern":null,"ticket":null,"reply_to":null}"#
        #expect(try request(nulls) == ControlRequest("ping"))
        let odd =
            #"{"method": "ping", "destination": "w1@vm", "reply_to": {"exchange": null, "routing_key": "k"}, "x": 1}"#
        #expect(try request(odd).destination == ["w1@vm"])
        #expect(try request(odd).replyTo == .init(exchange: "", routingKey: "k"))
        #expect(
            try request(#"{"method": "ping", "destination": [1, "w1@vm"], "arguments": []}"#).destination == ["w1@vm"]
        )
    }

    @Test("what is no request is refused", arguments: ["", "x", "[]", "1", "{}", #"{"method": 1}"#])
    func refused(_ body: String) {
        #expect(throws: InvalidMessage.self) { try request(body) }
    }

    @Test("only JSON is opened")
    func contentTypes() {
        let pickle = MessageProperties(contentType: "application/x-python-serialize", contentEncoding: "binary")
        #expect(throws: InvalidMessage.self) { try request(#"{"method": "ping"}"#, pickle) }
    }

    @Test("names are matched as kombu matches them")
    func matchers() throws {
        for vector in try #require(try vectors("matches").array) {
            let node = try #require(vector[0]?.string)
            var request = ControlRequest("ping")
            request.pattern = vector[1]?.string
            request.matcher = vector[2]?.string
            // Without a pattern everybody is meant; one that Python can't read matches nobody.
            let expected = request.pattern == "" || vector[3] == true
            #expect(request.isAddressed(to: node) == expected, "\(vector)")
        }
    }

    @Test("a destination comes before a pattern, and a pattern needs a matcher")
    func destinations() {
        var request = ControlRequest("ping")
        #expect(request.isAddressed(to: "w1@vm"))
        request.pattern = "w2*"
        #expect(request.isAddressed(to: "w1@vm"))
        request.matcher = "glob"
        #expect(!request.isAddressed(to: "w1@vm"))
        request.matcher = "other"
        #expect(!request.isAddressed(to: "w2@vm"))
        request.destination = ["w1@vm"]
        #expect(request.isAddressed(to: "w1@vm"))
        #expect(!request.isAddressed(to: "w1"))
        request.destination = []
        request.matcher = "glob"
        request.pattern = String(repeating: "*", count: 10_000)
        #expect(!request.isAddressed(to: "w1@vm"))
    }

    @Test("queues and exchanges are declared as by each version")
    func queues() throws {
        for (name, vector) in try #require(try vectors("queues").object) {
            var mailbox = ControlMailbox()
            switch name {
            case "older": mailbox.isExclusive = false
            case "durable":
                mailbox.isExclusive = false
                mailbox.isDurable = true
            case "other":
                mailbox.namespace = "app"
                mailbox.messageTTL = .milliseconds(1_500)
                mailbox.expires = .seconds(20)
            default: break
            }
            let steps = try #require(vector.array)
            #expect(shown(mailbox.queue(of: "w1@vm")) == (try recorded(steps[0])), "\(name)")
            #expect(shown(mailbox.replyQueue(of: "client-oid")) == (try recorded(steps[1])), "\(name)")
        }
    }

    @Test("add_consumer declares what kombu declares")
    func consumers() throws {
        for vector in try #require(try vectors("consumers").array) {
            var request = ControlRequest("add_consumer", try #require(vector[0]?.object))
            request.arguments["queue"] = "video"
            guard case .addConsumer(let consumer) = try ControlCommand(request) else {
                Issue.record("\(vector)")
                return
            }
            let topology = consumer.topology()
            #expect(shown(topology) == (try recorded(try #require(vector[1]))), "\(vector)")
            #expect(topology.consumerArguments == (try Vectors.table(try #require(vector[2]?.array))))
        }
        let plain = ControlConsumer(queue: "q")
        #expect(plain.topology(maxPriority: 10).queue.arguments == ["x-max-priority": .int32(10)])
        let own = ControlConsumer(queue: "q", options: ["max_priority": 3])
        #expect(own.topology(maxPriority: 10).queue.arguments == ["x-max-priority": .int32(3)])
    }

    private func shown(_ topology: QueueTopology) -> [String] {
        let exchange = topology.exchange ?? ExchangeDeclaration(name: "")
        let queue = topology.queue
        return [
            "exchange \(exchange.name) \(exchange.type.rawValue) \(exchange.isDurable) \(exchange.isAutoDelete)",
            "queue \(queue.name) \(queue.isDurable) \(queue.isExclusive) \(queue.isAutoDelete)"
                + shown(queue.arguments),
            "bind queue \(queue.name) \(exchange.name) \(topology.routingKey)",
        ]
    }

    private func shown(_ table: FieldTable) -> String {
        table.entries.sorted { $0.name < $1.name }.map { " \($0.name)=\($0.value)" }.joined()
    }

    private func recorded(_ steps: JSONValue) throws -> [String] {
        try #require(steps.array).map { step in
            let parts = try #require(step.array)
            let words = parts.dropLast().map { $0.bool.map { String($0) } ?? $0.string ?? "?" }
            return words.joined(separator: " ") + shown(try Vectors.table(try #require(parts.last?.array)))
        }
    }
}

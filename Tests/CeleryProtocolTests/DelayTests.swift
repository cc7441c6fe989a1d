import BrokerModel
import CeleryProtocol
import JSON
import Testing

@Suite("Delays")
struct DelayTests {
    private func vectors() throws -> JSONValue { try Vectors.file("delays") }

    /// Steps in the form of the vectors.
    private func shown(_ steps: [TopologyStep]) -> [String] {
        steps.map { step in
            switch step {
            case .exchange(let exchange):
                "exchange \(exchange.name) \(exchange.type.rawValue) \(exchange.isDurable) \(exchange.isAutoDelete)"
                    + shown(exchange.arguments)
            case .queue(let queue):
                "queue \(queue.name) \(queue.isDurable) \(queue.isExclusive) \(queue.isAutoDelete)"
                    + shown(queue.arguments)
            case .bindQueue(let binding):
                "bind queue \(binding.queue) \(binding.exchange) \(binding.routingKey)" + shown(binding.arguments)
            case .bindExchange(let binding):
                "bind exchange \(binding.destination) \(binding.source) \(binding.routingKey)"
                    + shown(binding.arguments)
            }
        }
    }

    private func shown(_ table: FieldTable) -> String {
        table.entries.sorted { $0.name < $1.name }.map { " \($0.name)=\($0.value)" }.joined()
    }

    private func recorded(_ steps: JSONValue?) throws -> [String] {
        try #require(steps?.array).map { step in
            let parts = try #require(step.array)
            let words = try parts.dropLast().map { part in
                if let flag = part.bool { return String(flag) }
                return try #require(part.string)
            }
            return words.joined(separator: " ") + shown(try Vectors.table(try #require(parts.last?.array)))
        }
    }

    @Test("the levels are declared as Celery declares them", arguments: [DelayTopology.QueueType.quorum, .classic])
    func levels(_ type: DelayTopology.QueueType) throws {
        let steps = DelayTopology.steps(queueType: type)
        #expect(steps.count == 113)
        #expect(shown(steps) == (try recorded(try vectors()[type.rawValue])))
    }

    @Test("queues are bound as Celery binds them, and straight")
    func bindings() throws {
        for vector in try #require(try vectors()["bindings"]?.array) {
            let parts = try #require(vector.array)
            let texts = parts.compactMap(\.string)
            let topology = QueueTopology(
                queue: QueueDeclaration(name: texts[0]),
                exchange: ExchangeDeclaration(name: texts[1], type: try #require(ExchangeType(rawValue: texts[2]))),
                routingKey: texts[3]
            )
            let steps = shown(DelayTopology.bindings(of: topology))
            #expect(Array(steps.dropLast()) == (try recorded(parts.last)))
            let pattern = Array(repeating: "*.", count: 28).joined() + "queue:\(texts[0])"
            #expect(steps.last == "bind queue \(texts[0]) celery_delayed_delivery \(pattern)")
        }
    }

    @Test("routing keys have Celery's bits")
    func keys() throws {
        for vector in try #require(try vectors()["keys"]?.array) {
            let seconds = Int(try #require(vector[0]?.integer))
            let key = try #require(vector[1]?.string)
            #expect(DelayRoutingKey.key(seconds: seconds, to: key) == vector[2]?.string)
        }
    }

    @Test("delays beyond the bits are cut, and negative ones are none")
    func clamped() {
        let ones = String(repeating: "1.", count: 28)
        #expect(DelayRoutingKey.key(seconds: 1 << 28, to: "q") == ones + "q")
        #expect(DelayRoutingKey.key(seconds: .max, to: "q") == ones + "q")
        #expect(DelayRoutingKey.key(seconds: -1, to: "q") == String(repeating: "0.", count: 28) + "q")
    }

    @Test("bits are stripped once, and only whole ones")
    func stripping() {
        let key = DelayRoutingKey.key(seconds: 5, to: "a.b")
        #expect(DelayRoutingKey.strippingDelay(key) == "a.b")
        #expect(DelayRoutingKey.strippingDelay("a.b") == "a.b")
        #expect(DelayRoutingKey.strippingDelay("") == "")
        #expect(DelayRoutingKey.strippingDelay(String(key.dropLast(4))) == String(key.dropLast(4)))
        #expect(DelayRoutingKey.strippingDelay("0.1.q") == "0.1.q")
    }

    @Test("a queue's word is one word, and fits or is none")
    func queueKeys() throws {
        #expect(DelayRoutingKey.queueKey("celery") == "queue:celery")
        #expect(DelayRoutingKey.queueKey("video.cpu") == "queue:video%2Ecpu")
        #expect(DelayRoutingKey.queueKey("100%.#") == "queue:100%25%2E#")
        let longest = String(repeating: "q", count: 193)
        let key = try #require(DelayRoutingKey.queueKey(longest))
        #expect(DelayRoutingKey.key(seconds: 1, to: key).utf8.count == 255)
        #expect(DelayRoutingKey.queueKey(longest + "q") == nil)
    }

    @Test(
        "a wait becomes whole seconds, never later than asked for",
        arguments: [
            (0.0, nil), (-5, nil), (0.999_999, nil), (1, 1), (1.999_999, 1), (40, 40), (3600.5, 3600),
            (268_435_455, 268_435_455), (1e9, 268_435_455),
        ] as [(Double, Int?)]
    )
    func seconds(_ wait: Double, _ expected: Int?) {
        let now = Instant(secondsSince1970: 1_700_000_000.25)
        let time = Instant(microseconds: now.microseconds + Int64(wait * 1_000_000))
        #expect(ParkedMessage.seconds(until: time, now: now) == expected)
    }

    @Test("a wait without end is cut too")
    func endless() {
        let now = Instant(secondsSince1970: 1_700_000_000)
        #expect(ParkedMessage.seconds(until: Instant(microseconds: .max), now: now) == 268_435_455)
        #expect(ParkedMessage.seconds(until: Instant(microseconds: .min), now: now) == nil)
    }

    @Test("a parked delivery keeps body and headers, and comes back to its queue")
    func parking() throws {
        var message = try Vectors.message("v2_full")
        message.queue = "video.cpu"
        message.properties.headers?["x-death"] = .array([])
        message.properties.headers?["x-delivery-count"] = .int64(2)
        message.properties.userID = "producer"
        message.properties.deliveryMode = 1
        let parked = try #require(ParkedMessage.message(parking: message, seconds: 300))
        // The level of 256 s: those above it would only pass it on.
        #expect(parked.exchange == "celery_delayed_8")
        #expect(parked.routingKey == DelayRoutingKey.key(seconds: 300, to: "queue:video%2Ecpu"))
        #expect(parked.isMandatory)
        #expect(parked.body == message.body)
        var expected = try Vectors.message("v2_full").properties
        #expect(expected.expiration == "60000")
        expected.expiration = nil
        #expect(parked.properties == expected)

        var arrived = message
        arrived.exchange = "celery_delayed_2"
        arrived.routingKey = parked.routingKey
        #expect(MessageRoute(backFrom: arrived) == MessageRoute(queue: "video.cpu"))
    }

    @Test("nothing is parked for a queue whose name does not fit")
    func unparkable() throws {
        var message = try Vectors.message("v2_plain")
        message.queue = String(repeating: "q", count: 194)
        #expect(ParkedMessage.message(parking: message, seconds: 30) == nil)
        let outgoing = OutgoingMessage(routingKey: message.queue, properties: message.properties, body: message.body)
        #expect(ParkedMessage.message(parking: outgoing, for: message.queue, seconds: 30) == nil)
    }

    @Test("a delayed message of a Python producer goes back into the queue it was taken from")
    func route() {
        func route(_ exchange: String, _ key: String) -> MessageRoute {
            let message = IncomingMessage(
                exchange: exchange,
                routingKey: key,
                queue: "video",
                properties: MessageProperties(),
                body: []
            )
            return MessageRoute(backFrom: message)
        }
        let bits = DelayRoutingKey.key(seconds: 5, to: "video.cut")
        #expect(route("celery_delayed_0", bits) == MessageRoute(queue: "video"))
        #expect(route("celery_delayed_delivery", bits) == MessageRoute(queue: "video"))
        #expect(route("tasks", bits) == MessageRoute(exchange: "tasks", routingKey: "video.cut"))
        #expect(route("tasks", "video.cut") == MessageRoute(exchange: "tasks", routingKey: "video.cut"))
        #expect(route("", "video") == MessageRoute(queue: "video"))
    }
}

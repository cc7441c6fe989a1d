import BrokerModel
import JSON
import OrderedCollections
import Testing

@testable import CeleryProtocol

/// Events on the wire (Celery reference, 6).
@Suite struct EventTests {
    private let sender = EventSender(node: "w1@höst", processID: 15220, version: "1.2", system: "Linux")
    private let stamp = EventStamp(time: Instant(secondsSince1970: 1_795_398_987.419), clock: 18, utcOffset: -5.5)

    private var messages: EventMessage { EventMessage(from: sender, exchange: "celeryev") }

    private func fields(_ event: TaskEvent) throws -> JSONObject {
        let message = messages.message(EventMessage.TaskEntry(id: "id-1", event: event, stamp: stamp))
        return try #require(try JSONValue(parsing: message.body).object)
    }

    private func fields(_ event: WorkerEvent) throws -> JSONObject {
        try #require(try JSONValue(parsing: messages.message(event, stamp).body).object)
    }

    /// What all events begin with.
    private func common(_ type: String) -> JSONObject {
        [
            "hostname": "w1@höst", "pid": 15220, "utcoffset": -5.5, "clock": 18, "timestamp": 1_795_398_987.419,
            "type": .string(type),
        ]
    }

    @Test func aHeartbeatIsThatOfThePythonWorker() throws {
        let pulse = WorkerEvent.Pulse(frequency: 2, active: 1, processed: 3, loadAverage: [0.33, 0.59, 0.3])
        let about: JSONObject = [
            "freq": 2.0, "active": 1, "processed": 3, "loadavg": [0.33, 0.59, 0.3], "sw_ident": "swiftworker",
            "sw_ver": "1.2", "sw_sys": "Linux",
        ]
        for (event, type) in [
            (WorkerEvent.online(pulse), "worker-online"), (.heartbeat(pulse), "worker-heartbeat"),
            (.offline(pulse), "worker-offline"),
        ] {
            #expect(try fields(event) == common(type).merging(about) { $1 })
        }
        let short: JSONObject = ["freq": 5, "sw_ident": "swiftworker", "sw_ver": "1.2", "sw_sys": "Linux"]
        #expect(try fields(.announcement) == common("worker-heartbeat").merging(short) { $1 })
    }

    @Test func aMessageIsThatOfThePythonWorker() throws {
        let message = messages.message(.electAck(id: "e"), stamp)
        #expect(message.exchange == "celeryev")
        #expect(message.routingKey == "worker.elect.ack")
        #expect(!message.isMandatory)
        let properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: ["hostname": "w1@höst"],
            deliveryMode: 1,
            priority: 0
        )
        #expect(message.properties == properties)
        let exchange = EventMessage.exchange("celeryev")
        #expect(exchange.type == .topic && exchange.isDurable && !exchange.isAutoDelete)
    }

    @Test func eachEventOfATaskHasItsFields() throws {
        let cases: [(TaskEvent, JSONObject)] = [
            (.started, [:]), (.cancelled, [:]),
            (.succeeded(result: "'a\"b\u{1}'", runtime: 0.25), ["result": "'a\"b\u{1}'", "runtime": 0.25]),
            (.failed(exception: "E()", traceback: "T\n"), ["exception": "E()", "traceback": "T\n"]),
            (.failed(exception: "E()", traceback: nil), ["exception": "E()"]),
            (.retried(exception: "E()", traceback: "T\n"), ["exception": "E()", "traceback": "T\n"]),
            (
                .revoked(terminated: true, signal: 9, expired: false),
                ["terminated": true, "signum": 9, "expired": false]
            ),
            (
                .revoked(terminated: false, signal: nil, expired: true),
                ["terminated": false, "signum": .null, "expired": true]
            ),
            (.rejected(requeue: true), ["requeue": true]),
            (.custom(type: "task-step", fields: ["step": 1, "ü": [.null]]), ["step": 1, "ü": [.null]]),
        ]
        for (event, own) in cases {
            let expected = common(event.type).merging(["uuid": "id-1"]) { $1 }.merging(own) { $1 }
            #expect(try fields(event) == expected)
        }
    }

    @Test func anArrivalSaysWhatTheMessageSays() throws {
        var headers = TaskHeaders(task: "proj.add", id: "id-1")
        headers.argsRepr = "(1, 2)"
        headers.kwargsRepr = "{}"
        headers.rootID = "root"
        headers.retries = 2
        headers.eta = Instant(secondsSince1970: 1_795_398_987)
        let own: JSONObject = [
            "uuid": "id-1", "name": "proj.add", "args": "(1, 2)", "kwargs": "{}", "root_id": "root", "parent_id": .null,
            "retries": 2, "eta": .string(Instant(secondsSince1970: 1_795_398_987).iso8601()), "expires": .null,
        ]
        let expected = common("task-received").merging(own) { $1 }
        #expect(try fields(.received(TaskEvent.Arrival(headers))) == expected)
        headers.shadow = "another"
        #expect(try fields(.received(TaskEvent.Arrival(headers)))["name"] == "another")
    }

    @Test func whatIsSentSaysWhereTo() throws {
        let table: FieldTable = [
            "task": "proj.add", "id": "id-1", "argsrepr": "(1,)", "kwargsrepr": "{}", "root_id": "root",
            "parent_id": "parent", "retries": .int32(1), "eta": .void,
        ]
        let event = TaskEvent.sent(TaskEvent.Arrival(table), queue: "q", exchange: "", routingKey: "q")
        let own: JSONObject = [
            "uuid": "id-1", "name": "proj.add", "args": "(1,)", "kwargs": "{}", "root_id": "root",
            "parent_id": "parent",
            "retries": 1, "eta": .null, "expires": .null, "queue": "q", "exchange": "", "routing_key": "q",
        ]
        #expect(try fields(event) == common("task-sent").merging(own) { $1 })
    }

    @Test func aTaskCantSpeakForOthers() throws {
        let lies: JSONObject = [
            "hostname": "x", "pid": 1, "utcoffset": 1, "clock": 1, "timestamp": 1, "type": "x", "uuid": "x", "own": 1,
        ]
        let own: JSONObject = ["uuid": "id-1", "own": 1]
        let expected = common("task-step").merging(own) { $1 }
        #expect(try fields(.custom(type: "task-step", fields: lies)) == expected)
    }

    @Test func manyEventsAreOneMessage() throws {
        let entries = (0..<3).map { index in
            var stamp = stamp
            stamp.clock = index
            return EventMessage.TaskEntry(id: "id-\(index)", event: .started, stamp: stamp)
        }
        let message = messages.message(entries)
        #expect(message.routingKey == "task.multi")
        let events = try #require(try JSONValue(parsing: message.body).array)
        #expect(events.map { $0["uuid"] } == ["id-0", "id-1", "id-2"])
        #expect(events.map { $0["clock"] } == [0, 1, 2])
    }

    @Test func numbersThatJSONLacksAreNull() throws {
        #expect(try fields(.succeeded(result: "", runtime: .infinity))["runtime"] == .null)
    }

    @Test func eventsOfElectionsAreRead() throws {
        let message = messages.message(.elect(id: "e", topic: "task", action: ["task": "t"]), stamp)
        let event = try ElectionEvent(incoming(message.body))
        #expect(event.id == "e" && event.clock == 18)
        #expect(event.kind == .candidate(name: "w1@höst.15220", topic: "task", action: ["task": "t"]))
        let answer = try ElectionEvent(incoming(messages.message(.electAck(id: "e"), stamp).body))
        #expect(answer.kind == .acknowledgement)
        for body in ["", "[]", "{}", #"{"id": 1, "clock": 1, "type": "worker-elect"}"#, #"{"id": "e", "clock": null}"#]
        {
            #expect(throws: InvalidMessage.self) { try ElectionEvent(incoming(Array(body.utf8))) }
        }
    }

    private func incoming(_ body: [UInt8]) -> IncomingMessage {
        IncomingMessage(
            exchange: "celeryev",
            routingKey: "worker.elect",
            queue: "q",
            properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8"),
            body: body
        )
    }
}

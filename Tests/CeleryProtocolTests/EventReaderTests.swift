import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite struct EventReaderTests {
    private func message(
        _ text: String,
        type: String? = "application/json",
        headers: FieldTable? = nil
    ) -> IncomingMessage {
        IncomingMessage(
            exchange: "celeryev",
            routingKey: "task.multi",
            queue: "celeryev.x",
            properties: MessageProperties(contentType: type, contentEncoding: "utf-8", headers: headers),
            body: Array(text.utf8)
        )
    }

    private static let heartbeat = """
        {"hostname": "w1@host", "utcoffset": -1, "pid": 15220, "clock": 18, "freq": 2.0, "active": 0, "processed": 3, \
        "loadavg": [0.33, 0.59, 0.3], "sw_ident": "py-celery", "sw_ver": "5.7.0", "sw_sys": "Linux", \
        "timestamp": 1795398987.4192927, "type": "worker-heartbeat"}
        """
    private static let started = """
        {"hostname": "w1@host", "utcoffset": 0, "pid": 1, "clock": 19, "uuid": "a-b", "timestamp": 5, "type": "task-started"}
        """

    @Test func oneEvent() throws {
        let reading = EventReader().read(message(Self.heartbeat))
        #expect(reading.skipped == 0)
        let event = try #require(reading.events.first)
        #expect(reading.events.count == 1)
        #expect(event.type == "worker-heartbeat")
        #expect(event.subject == "heartbeat")
        #expect(event.node == "w1@host")
        #expect(event.timestamp == 1_795_398_987.4192927)
        #expect(event.utcOffset == -1)
        #expect(event.taskID == nil)
        #expect(event.fields["loadavg"] == [0.33, 0.59, 0.3])
    }

    @Test func manyEvents() {
        let reading = EventReader().read(message("[\(Self.started), \(Self.heartbeat)]"))
        #expect(reading.events.map(\.type) == ["task-started", "worker-heartbeat"])
        #expect(reading.events.first?.taskID == "a-b")
        let none = EventReader().read(message("[]"))
        #expect((none.events.count, none.skipped) == (0, 0))
    }

    @Test func whatSwiftWorkersWrite() throws {
        let sender = EventSender(node: "s@h", processID: 7, version: "1.0")
        let stamp = EventStamp(time: Instant(secondsSince1970: 12.5), clock: 3, utcOffset: 0)
        let entries = [
            EventMessage.TaskEntry(id: "1", event: .started, stamp: stamp),
            EventMessage.TaskEntry(id: "1", event: .succeeded(result: "3", runtime: 0.5), stamp: stamp),
        ]
        let written = EventMessage(from: sender, exchange: "celeryev").message(entries)
        let incoming = IncomingMessage(
            routingKey: written.routingKey,
            queue: "q",
            properties: written.properties,
            body: written.body
        )
        let reading = EventReader().read(incoming)
        #expect(reading.events.map(\.subject) == ["started", "succeeded"])
        #expect(reading.events.last?.timestamp == 12.5)
        #expect(reading.events.last?.fields["runtime"] == 0.5)
    }

    @Test(arguments: [
        "", "{", "3", "null", "{}", #"{"type": "task-started", "hostname": "h", "timestamp": 1}"#,
        #"{"type": 3, "hostname": "h", "timestamp": 1}"#, #"{"type": "worker-online", "timestamp": 1}"#,
        #"{"type": "worker-online", "hostname": "h", "timestamp": "1"}"#,
        #"{"type": "worker-online", "hostname": "h", "timestamp": NaN}"#,
        #"{"type": "task-started", "uuid": 3, "hostname": "h", "timestamp": 1}"#,
    ]) func whatIsNone(_ text: String) {
        let reading = EventReader().read(message(text))
        #expect(reading.events.isEmpty)
        #expect(reading.skipped == 1)
        #expect(reading.problem?.isEmpty == false)
    }

    @Test func oneBadEventLeavesTheOthers() {
        let reading = EventReader().read(message("[\(Self.started), 7, \(Self.heartbeat), {}]"))
        #expect(reading.events.count == 2)
        #expect(reading.skipped == 2)
    }

    @Test func bounds() {
        let many =
            "[" + [String](repeating: Self.started, count: EventReader.maximumEvents + 5).joined(separator: ",") + "]"
        let reading = EventReader().read(message(many))
        #expect(reading.events.count == EventReader.maximumEvents)
        #expect(reading.skipped == 5)
        let name = String(repeating: "x", count: 2_000)
        let long = #"{"type": "task-\#(name)", "uuid": "1", "hostname": "h", "timestamp": 1}"#
        #expect(EventReader().read(message(long)).skipped == 1)
        #expect(EventReader().read(message(Self.started, type: "application/x-python-serialize")).skipped == 1)
        let packed = EventReader().read(message(Self.started, headers: ["compression": "application/x-gzip"]))
        #expect(packed.skipped == 1)
    }
}

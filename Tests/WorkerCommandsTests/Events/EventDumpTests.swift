import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import WorkerCommands

/// What Celery's dump prints for the same events, as it was recorded of Celery 5.7.
@Suite struct EventDumpTests {
    private func event(_ text: String) throws -> ReceivedEvent {
        try ReceivedEvent(try JSONValue(parsing: Array(text.utf8)))
    }

    private static let received = """
        {"hostname": "w@h", "utcoffset": 0.0, "pid": 9, "clock": 30, "uuid": "u-1", "name": "twin.add", "args": "(1, 2)", \
        "kwargs": "{}", "root_id": "u-1", "parent_id": null, "retries": 0, "eta": null, "expires": null, \
        "timestamp": 1795398987.5, "type": "task-received"}
        """

    @Test func lines() throws {
        var dump = EventDump(utcOffset: 0)
        let cases = [
            (
                """
                {"hostname": "w@h", "utcoffset": 0.0, "pid": 9, "clock": 18, "freq": 2.0, "active": 0, "processed": 3, \
                "loadavg": [0.33, 0.5], "sw_ident": "py-celery", "timestamp": 1795398987.25, "type": "worker-heartbeat"}
                """,
                """
                w@h [2026-11-23 01:56:27.250000+00:00] heartbeat: active=0, clock=18, freq=2.0, loadavg=[0.33, 0.5], \
                local_received=1.5, pid=9, processed=3, sw_ident=py-celery, utcoffset=0.0
                """
            ),
            (
                Self.received,
                """
                w@h [2026-11-23 01:56:27.500000+00:00] task received: twin.add(u-1) args=(1, 2) kwargs={} clock=30, \
                eta=None, expires=None, local_received=1.5, parent_id=None, pid=9, retries=0, root_id=u-1, utcoffset=0.0
                """
            ),
            (
                """
                {"hostname": "w@h", "utcoffset": 0.0, "pid": 9, "clock": 31, "uuid": "u-1", "result": "3", "runtime": 0.001, \
                "timestamp": 1795398988, "type": "task-succeeded"}
                """,
                """
                w@h [2026-11-23 01:56:28+00:00] task succeeded: twin.add(u-1) args=(1, 2) kwargs={} clock=31, \
                local_received=1.5, pid=9, result=3, runtime=0.001, utcoffset=0.0
                """
            ),
            (
                """
                {"hostname": "w@h", "clock": 32, "uuid": "other", "terminated": true, "signum": null, \
                "timestamp": 1795398988, "type": "task-revoked"}
                """,
                """
                w@h [2026-11-23 01:56:28+00:00] task revoked:  clock=32, local_received=1.5, signum=None, terminated=True
                """
            ),
            (
                #"{"hostname": "w@h", "timestamp": 1795398988, "type": "worker-offline", "clock": 40}"#,
                "w@h [2026-11-23 01:56:28+00:00] shutdown: clock=40, local_received=1.5"
            ),
        ]
        for (text, line) in cases { #expect(dump.line(try event(text), receivedAt: 1.5) == line) }
    }

    /// Celery shifts times by the difference of the zones.
    @Test func zones() throws {
        var dump = EventDump(utcOffset: 0)
        let text = #"{"hostname": "w", "utcoffset": -2, "clock": 1, "timestamp": 1795398988, "type": "worker-online"}"#
        #expect(try dump.line(event(text), receivedAt: 1).contains("[2026-11-23 03:56:28+00:00] started: "))
    }

    /// Numbers that no clock has end nothing.
    @Test(arguments: [
        (#""utcoffset": 1e308, "timestamp": 1795398988"#, "[2026-11-23 01:56:28+00:00]"),
        (#""utcoffset": -25, "timestamp": 1795398988"#, "[2026-11-23 01:56:28+00:00]"),
        (#""utcoffset": 14, "timestamp": 1e300"#, "[9999-12-31 23:59:59.999999+00:00]"),
        (#""utcoffset": 0, "timestamp": -1.7e308"#, "[0001-01-01 00:00:00+00:00]"),
    ])
    func strangeTimes(_ members: String, _ date: String) throws {
        var dump = EventDump(utcOffset: 0)
        let text = #"{"hostname": "w", "clock": 9223372036854775807, "type": "worker-online", \#(members)}"#
        #expect(try dump.line(event(text), receivedAt: 1).contains(date))
    }

    /// Producers have no logical time: Celery gives their events its own.
    @Test func clocks() throws {
        var dump = EventDump(utcOffset: 0)
        func clock(_ text: String) throws -> String {
            let line = dump.line(try event(text), receivedAt: 1)
            let fields = line.split(separator: " ").first { $0.hasPrefix("clock=") }
            return String(fields ?? "none").trimmingCharacters(of: ",")
        }
        let sent = #"{"hostname": "p", "uuid": "1", "clock": 900, "timestamp": 1, "type": "task-sent"}"#
        let online = #"{"hostname": "w", "clock": 50, "timestamp": 1, "type": "worker-online"}"#
        let bare = #"{"hostname": "w", "timestamp": 1, "type": "worker-online"}"#
        #expect(try [sent, online, sent, bare].map(clock) == ["clock=0", "clock=50", "clock=50", "clock=53"])
    }

    @Test func nothingMovesTheCursor() throws {
        var dump = EventDump(utcOffset: 0)
        let text = #"{"hostname": "w\u001b[2J", "clock": 1, "timestamp": 1, "type": "worker-x", "y": "a\nb\u0007"}"#
        let line = try dump.line(event(text), receivedAt: 1)
        #expect(line.hasPrefix("w\u{FFFD}[2J ["))
        #expect(line.hasSuffix("y=a\nb\u{FFFD}"))
    }

    @Test func json() throws {
        let line = EventDump.json(try event(Self.received), receivedAt: 2.5)
        let value = try JSONValue(parsing: Array(line.utf8))
        #expect(value["local_received"] == 2.5)
        #expect(value["type"] == "task-received")
        #expect(value["timestamp"] == 1_795_398_987.5)
        #expect(!line.contains("\n"))
    }

    @Test func theNewestStay() {
        var table = RecentTable<Int>(capacity: 3)
        for number in 1...5 { table.change("\(number)", else: 0) { $0 += number } }
        #expect(Array(table.newestFirst) == [5, 4, 3])
        #expect(table["2"] == nil)
        table.change("3", else: 0) { $0 += 30 }
        #expect(Array(table.newestFirst) == [5, 4, 33])
        #expect((table.count, table.dropped, table.total) == (3, 2, 5))
        table.change("1", else: 100) { $0 += 1 }
        #expect(Array(table.newestFirst) == [101, 5, 4])
        #expect(table["3"] == nil)
    }
}

extension String {
    fileprivate func trimmingCharacters(of set: String) -> String {
        var text = self[...]
        while let last = text.last, set.contains(last) { text.removeLast() }
        return String(text)
    }
}

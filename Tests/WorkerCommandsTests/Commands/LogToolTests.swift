import ChildPrograms
import JSON
import OrderedCollections
import Testing

@testable import WorkerCommands

/// `logtool`, over logs of Celery's and our own.
@Suite struct LogToolTests {
    private static let celery = """
        [2026-11-23 02:00:41,306: INFO/MainProcess] Task proj.add[11-22] received
        [2026-11-23 02:00:41,310: INFO/MainProcess] celery@h ready.
        [2026-11-23 02:00:41,400: INFO/ForkPoolWorker-1] Task proj.add[11-22] succeeded in 0.003s: 3
        [2026-11-23 02:00:42,306: INFO/MainProcess] Task proj.fail[33] received
        [2026-11-23 02:00:42,310: ERROR/ForkPoolWorker-2] Task proj.fail[33] raised unexpected: ValueError('[x]')
        Traceback (most recent call last):
          File "x.py", line 1
        ValueError: [x]
        [2026-11-23 02:00:43,306: INFO/MainProcess] Task proj.add[44] received
        [2026-11-23 02:00:43,400: INFO/ForkPoolWorker-1] Task proj.add[44] retry: Retry in 3s: KeyError('k')
        [2026-11-23 02:00:46,306: INFO/MainProcess] Task proj.add[44] received
        [2026-11-23 02:00:47,306: INFO/MainProcess] Task proj.add[55] received
        [2026-11-23 02:00:47,307: INFO/MainProcess] Discarding revoked task: proj.add[55]
        [2026-11-23 02:00:48,306: WARNING/MainProcess] proj.add[44]: Task is slow
        [2026-11-23 02:00:49,306: INFO/MainProcess] Task proj.lost[66] received
        """

    private static let json = """
        {"timestamp":"2026-11-23T02:00:41.306+00:00","level":"INFO","process":"MainProcess","message":"Task a.b[1] received"}
        {"timestamp":"2026-11-23T02:00:41.406+00:00","level":"ERROR","process":"MainProcess","message":"Task a.b[1] raised unexpected: E()\\nTraceback\\nE"}
        {"timestamp":"2026-11-23T02:00:41.506+00:00","level":"INFO","process":"MainProcess","message":"ready."}
        """

    /// What `TaskLog` says of lost processes: one that ends, one that goes back, one that is tried again.
    private static let losses = """
        [2026-11-23 02:00:41,306: INFO/MainProcess] Task a.b[1] received
        [2026-11-23 02:00:42,306: ERROR/MainProcess] Task handler raised error: WorkerLostError('x[y]')
        a.b[1]
        Traceback (most recent call last):
        WorkerLostError: x
        The message is a dead letter now: it has taken its process along too often.
        [2026-11-23 02:00:43,306: ERROR/MainProcess] Task handler raised error: WorkerLostError('x')
        a.b[2]

        The message goes back to its queue, to run again.
        [2026-11-23 02:00:44,306: ERROR/MainProcess] Task handler raised error: WorkerLostError('x')
        a.b[3]

        [2026-11-23 02:00:44,307: INFO/MainProcess] Task a.b[3] retry: Retry in 3s: WorkerLostError('x')
        [2026-11-23 02:00:45,306: ERROR/MainProcess] Task handler raised error: WorkerLostError('x')
        Traceback (most recent call last):
        a.b[4]
        {"message":"Task handler raised error: WorkerLostError('x')\\na.b[5]\\n"}
        {"message":"Task handler raised error: WorkerLostError('x')\\na.b[6]\\n\\nThe message goes back to its queue, to run again."}
        """

    @Test func lostProcessesAreCounted() throws {
        try withLog(Self.losses) { path in
            let audit = try LogAudit.audit([path])
            #expect(audit.failed == 2 && audit.retries == 1)
            #expect(audit.ended.elements == ["1", "5"])
            var events: [LogRecord.Event?] = []
            var failed: [String] = []
            try LogAudit.read(
                [path],
                each: { record in
                    events.append(record.task?.event)
                    if record.task?.event == .failed { failed.append(record.line) }
                }
            )
            let expected: [LogRecord.Event?] = [
                .received, .failed, .returned, .failed, .retried, nil, .failed, .returned,
            ]
            #expect(events == expected)
            // A text's first line does not say which task it was.
            #expect(failed.first?.hasSuffix("WorkerLostError('x[y]')\na.b[1]") == true)
            #expect(failed.last?.hasPrefix("{") == true && failed.last?.contains("\n") == false)
        }
    }

    private func withLog<Result>(_ text: String, _ body: (String) throws -> Result) throws -> Result {
        try withTemporaryFolder { folder in
            try write(text + "\n", to: folder + "/w.log")
            return try body(folder + "/w.log")
        }
    }

    @Test(arguments: [
        ("[2026-11-23 02:00:41,306: INFO/MainProcess] Task a.b[1] received", LogRecord.Event.received, "a.b", "1"),
        ("[2026-11-23 02:00:41,306: INFO/MainProcess] Received task: a.b[1]  ", .received, "a.b", "1"),
        (
            "[2026-11-23 02:00:41,306: INFO/P] \u{1B}[0;32mTask a.b[1] succeeded in 1s: 'x'\u{1B}[0m", .succeeded,
            "a.b", "1"
        ),
        ("[2026-11-23 02:00:41,306: INFO/P] Task a.b[1] raised expected: E()", .failed, "a.b", "1"),
        ("[2026-11-23 02:00:41,306: INFO/P] Task a.b[1] ignored", .ended, "a.b", "1"),
        ("[2026-11-23 02:00:41,306: WARNING/P] Task a.b[1] rejected (requeue=False): x", .failed, "a.b", "1"),
        ("[2026-11-23 02:00:41,306: ERROR/P] Task a.b[1] terminated by signal 9", .failed, "a.b", "1"),
        ("[2026-11-23 02:00:41,306: ERROR/P] Hard time limit (5s) exceeded for a.b[1]", .failed, "a.b", "1"),
    ])
    func linesAboutTasks(line: String, event: LogRecord.Event, name: String, id: String) throws {
        let record = try #require(LogRecord(line))
        #expect(record.task == LogRecord.TaskNote(event: event, name: name, id: id))
    }

    @Test(arguments: [
        "[2026-11-23 02:00:41,306: INFO/MainProcess] ready.",
        "[2026-11-23 02:00:41,306: INFO/MainProcess] a.b[1]: Task is slow",
        "[2026-11-23 02:00:41,306: INFO/MainProcess] Task a.b",
        "[2026-11-23 02:00:41,306: INFO/MainProcess] Task a.b[1",
        "[2026-11-23 02:00:41,306",
        "[2026-11-23 02:00:41,306: DEBUG/MainProcess] Task handler raised error: E()",
    ])
    func otherLines(line: String) throws {
        #expect(try #require(LogRecord(line)).task == nil)
    }

    @Test(arguments: ["Traceback", "", "{\"a\": 1}", "{no json", "[1, 2]", "[2026-11-2"])
    func linesThatGoOn(line: String) { #expect(LogRecord(line) == nil) }

    @Test func tasksAreCounted() throws {
        try withLog(Self.celery) { path in
            let audit = try LogAudit.audit([path])
            #expect(audit.received.count == 5 && audit.failed == 1 && audit.succeeded == 1 && audit.retries == 1)
            #expect(audit.ended.elements == ["11-22", "33", "55"])
            #expect(audit.incomplete == ["44", "66"])
            #expect(
                LogStatistics.text(audit) == """

                    Report
                    ======
                    Task total: 5
                    Task errors: 1
                    Task success: 1
                    Task completed: 3
                    Tasks
                    =====
                    proj.add: 3
                    proj.fail: 1
                    proj.lost: 1

                    """
            )
            let json = try JSONValue(parsing: Array(LogStatistics.json(audit).utf8))
            #expect(json["errors"] == 1 && json["tasks"]?["proj.add"] == 3)
        }
    }

    @Test func tracesFollowTheirRecord() throws {
        for (text, lines) in [(Self.celery, 3), (Self.json, 2)] {
            try withLog(text) { path in
                var found: [(String, LogRecord?)] = []
                try LogAudit.read([path], each: { _ in }, continued: { found.append(($0, $1)) })
                #expect(found.count == lines)
                #expect(found.allSatisfy { $0.1?.task?.event == .failed })
                #expect(found.first?.0.hasPrefix("Traceback") == true)
            }
        }
    }

    @Test func jsonLogsAreCounted() throws {
        try withLog(Self.json) { path in
            let audit = try LogAudit.audit([path])
            #expect(audit.received == ["1": "a.b"] && audit.failed == 1 && audit.incomplete.isEmpty)
        }
    }

    @Test func theProgramReadsFilesAndStandardInput() throws {
        try withLog(Self.celery) { path in
            let errors = try BinaryTests.run(["logtool", "errors", path])
            #expect(errors.code == 0)
            #expect(errors.output.split(separator: "\n").count == 1 && errors.output.contains("proj.fail[33]"))
            let incomplete = try BinaryTests.run(["logtool", "incomplete", path])
            #expect(incomplete.output == "Did not complete: 44\nDid not complete: 66\n")
            let other = try BinaryTests.run(["logtool", "debug", path])
            #expect(other.output.split(separator: "\n").count == 2)
            let traces = try BinaryTests.run(["logtool", "traces", path])
            #expect(traces.output.split(separator: "\n").count == 4)
            let nothing = try BinaryTests.run(["logtool", "stats"])
            #expect(nothing.code == 0 && nothing.output.contains("Task total: 0"))
            let missing = try BinaryTests.run(["logtool", "stats", "/nonexistent/log"])
            #expect(missing.code == 1 && missing.errors.contains("No such file"))
        }
    }
}

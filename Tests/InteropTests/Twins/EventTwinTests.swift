import Foundation
import JSON
import OrderedCollections
import Testing

/// What monitors hear of tasks of 26 kinds, with a Python worker and with the Swift one, in both pools. Of each kind there are
/// `SWIFTWORKER_TEST_EVENT_TASKS`, 20 unless told otherwise: 84 are two thousand in all.
@Suite(.serialized) struct EventTwinTests {
    @Test(.timeLimit(.minutes(6))) func monitorsHearWhatAPythonWorkerWouldTell() async throws {
        async let ofPython = TestEnvironment.withVirtualHost("events-python") { environment, queue in
            try await record(environment, queue) {
                try await environment.pythonWorker(
                    queue: queue,
                    pool: "prefork",
                    including: "retry_tasks",
                    options: ["-E", "--without-mingle", "--without-gossip"]
                )
            }
        }
        var found: [Recording] = []
        for pool in ["threads", "prefork"] {
            found.append(
                try await TestEnvironment.withVirtualHost("events-\(pool)") { environment, queue in
                    try await record(environment, queue) {
                        try await environment.swiftWorker(queue: queue, pool: pool, options: ["-E"])
                    }
                }
            )
        }
        var expected = try await ofPython
        #expect(expected.cases.count >= 28)
        // Each process of Python's worker counts for itself.
        expected.cases["clock"] = nil
        for var recording in found {
            #expect(recording.cases.removeValue(forKey: "clock")?["rises"] == true)
            recording.expectLike(expected, except: [], isComplete: true)
        }
    }

    private func record(
        _ environment: TestEnvironment,
        _ queue: String,
        start: () async throws -> ChildProcess
    ) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let monitor = try ChildProcess(
            environment.python57,
            [
                "events.py", "--broker", environment.broker, "--queue", queue, "--node",
                "\(queue)@\(ProcessInfo.processInfo.hostName)", "--output", file.path, "--count",
                ProcessInfo.processInfo.environment["SWIFTWORKER_TEST_EVENT_TASKS"] ?? "20",
            ]
        )
        try await monitor.wait(for: "listening", within: .seconds(60))
        let worker = try await start()
        try await monitor.wait(for: "sent and done", within: .seconds(180))
        #expect(try await worker.stop(within: .seconds(60)) == 0, "\(worker.tail)")
        #expect(try await monitor.exitCode(within: .seconds(60)) == 0, "\(monitor.tail)")
        return try Recording(file: file)
    }
}

import Foundation
import JSON
import Testing

/// A task that Python has sent dies here, Python reads the dead letter, and after a replay Python gets its result.
@Suite struct DeadLetterTests {
    @Test(.timeLimit(.minutes(3))) func pythonReadsItAndGetsTheResultOfItsReplay() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("dead") { queue in
            let worker = try await environment.swiftWorker(
                queue: queue,
                environment: ["SWIFTWORKER_TASK_DEAD_LETTER": "true"]
            )
            let recorded = try await record(environment, queue)
            #expect(try await worker.stop() == 0, "\(worker.tail)")

            #expect(recorded["first"] == "FileNotFoundError")
            let headers = try #require(recorded["letter"]?["headers"])
            #expect(headers["id"] == recorded["id"] && headers["task"] == "tasks.find")
            #expect(headers["x-swiftworker-dead-reason"] == "failed")
            #expect(headers["x-swiftworker-dead-exception-type"] == "FileNotFoundError")
            #expect(headers["x-swiftworker-dead-queue"]?.string == queue)
            #expect(headers["x-swiftworker-dead-attempts"] == 1)
            #expect(headers["stamps"]?["mine"] == "kept")
            #expect(recorded["letter"]?["body"]?[0]?[0]?.string?.hasSuffix(".found") == true)
            #expect(recorded["listed"]?["id"] == recorded["id"])
            #expect(recorded["code"] == 0 && recorded["audit"]?["action"] == "replay")
            #expect(recorded["second"] == "found")
            #expect(recorded["left"]?.string?.contains(#""total": 0"#) == true)
        }
    }

    private func record(_ environment: TestEnvironment, _ queue: String) async throws -> JSONValue {
        let folder = FileManager.default.temporaryDirectory
        let file = folder.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try await ChildProcess.run(
            environment.python57,
            [
                "dead_letters.py", "--broker", environment.broker, "--queue", queue, "--output", file.path,
                "--tool", environment.worker, "--file", folder.appending(path: "\(queue).found").path,
            ],
            within: .seconds(120)
        )
        return try JSONDocument(Array(try Data(contentsOf: file))).root.value
    }
}

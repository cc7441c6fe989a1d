import Foundation
import JSON
import OrderedCollections
import Testing

/// Retries in all their forms, once with a Python worker and once with the Swift one: what is published again, the states
/// and their order, the exceptions.
@Suite(.serialized) struct RetryTwinTests {
    @Test(.timeLimit(.minutes(5)), arguments: TwinTests.Producer.allCases)
    func aRetryIsWhatAPythonWorkerWouldMakeOfIt(_ producer: TwinTests.Producer) async throws {
        let environment = try TestEnvironment()
        let python = producer.python(environment)
        async let ofPython = environment.withQueue("retry-python") { queue in
            try await record(python, environment, queue) {
                try await environment.pythonWorker(queue: queue, concurrency: 64, including: "retry_tasks")
            }
        }
        async let ofSwift = environment.withQueue("retry-swift") { queue in
            try await record(python, environment, queue) {
                try await environment.swiftWorker(queue: queue, concurrency: 64)
            }
        }
        let (expected, found) = try await (ofPython, ofSwift)
        #expect(expected.celery == producer.rawValue)
        #expect(expected.cases.count > 45)
        #expect(found.cases.values.count { $0["published"] != nil } > 35)
        found.expectLike(expected, except: IntendedDifference.retries, isComplete: producer == .celery57)
    }

    /// Runs the scenario against one worker, which is killed in the middle of it.
    private func record(
        _ python: String,
        _ environment: TestEnvironment,
        _ queue: String,
        start: () async throws -> ChildProcess
    ) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        func script(_ phase: String) async throws -> String {
            try await ChildProcess.run(
                python,
                ["retries.py", phase, "--broker", environment.broker, "--queue", queue, "--output", file.path],
                within: .seconds(120)
            )
        }
        let worker = try await start()
        let unheard = try await script("send").split(separator: "\n")
        #expect(!unheard.isEmpty)
        for id in unheard { try await worker.wait(for: "[\(id)] retry: Retry in 25s") }
        // Not asked to stop: the tasks that stay would be waited for.
        worker.kill()
        _ = try await worker.exitCode(within: .seconds(10))
        _ = try await script("take")
        return try Recording(file: file)
    }
}

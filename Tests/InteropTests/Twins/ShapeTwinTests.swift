import Foundation
import JSON
import OrderedCollections
import Testing

/// The real `celery` command: every `inspect` and `control` command to a Python worker and to the Swift one, and the
/// shapes of the replies.
@Suite(.serialized) struct ShapeTwinTests {
    @Test(
        .timeLimit(.minutes(5)),
        arguments: [(TwinTests.Producer.celery57, "prefork"), (.celery53, "prefork"), (.celery57, "threads")]
    )
    func repliesHaveThePythonWorkersShape(_ producer: TwinTests.Producer, _ pool: String) async throws {
        let environment = try TestEnvironment()
        let python = producer.python(environment)
        async let ofPython = environment.withQueue("shapes-python") { queue in
            try await record(python, environment, queue) {
                try await environment.pythonWorker(
                    queue: queue,
                    pool: pool,
                    concurrency: 2,
                    options: ["--without-mingle", "--without-gossip"]
                )
            }
        }
        async let ofSwift = environment.withQueue("shapes-swift") { queue in
            try await record(python, environment, queue) {
                try await environment.swiftWorker(queue: queue, pool: pool, concurrency: 2)
            }
        }
        let (expected, found) = try await (ofPython, ofSwift)
        #expect(expected.celery == producer.rawValue)
        #expect(expected.cases.count >= 40)
        found.expectLike(expected, except: IntendedDifference.replies(pool), isComplete: true)
    }

    private func record(
        _ python: String,
        _ environment: TestEnvironment,
        _ queue: String,
        start: () async throws -> ChildProcess
    ) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let worker = try await start()
        defer { worker.kill() }
        let node = "\(queue)@\(ProcessInfo.processInfo.hostName)"
        try await ChildProcess.run(
            python,
            [
                "shapes.py", "--broker", environment.broker, "--queue", queue, "--node", node, "--output", file.path,
            ],
            within: .seconds(120)
        )
        return try Recording(file: file)
    }
}

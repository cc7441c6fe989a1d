import Foundation
import JSON
import OrderedCollections
import Testing

/// Remote control by a Python client: the replies of a Python worker and of the Swift one, and what becomes of the tasks.
@Suite(.serialized) struct ControlTwinTests {
    @Test(.timeLimit(.minutes(8)), arguments: TwinTests.Producer.allCases)
    func pythonClientsSeeWhatAPythonWorkerWouldAnswer(_ producer: TwinTests.Producer) async throws {
        let environment = try TestEnvironment()
        let python = producer.python(environment)
        async let ofPython = environment.withQueue("control-python") { queue in
            let worker = try await environment.pythonWorker(queue: queue, pool: "prefork")
            defer { worker.kill() }
            return try await scenario(python, environment, queue)
        }
        async let ofSwift = environment.withQueue("control-swift") { queue in
            let worker = try await environment.swiftWorker(queue: queue, pool: "prefork")
            let recording = try await scenario(python, environment, queue)
            #expect(try await worker.stop() == 0, "\(worker.tail)")
            return recording
        }
        let (expected, found) = try await (ofPython, ofSwift)
        #expect(expected.celery == producer.rawValue)
        #expect(expected.cases.count >= 14)
        for (name, record) in expected.cases { #expect(record["broken"] == nil, "Python's \(name): \(record)") }
        for (name, record) in found.cases { #expect(record["broken"] == nil, "\(name): \(record)") }
        for difference in expected.differences(from: found) { Issue.record("\(difference)") }
    }

    private func scenario(_ python: String, _ environment: TestEnvironment, _ queue: String) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        let node = "\(queue)@\(ProcessInfo.processInfo.hostName)"
        try await ChildProcess.run(
            python,
            [
                "control.py", "--broker", environment.broker, "--queue", queue, "--node", node, "--output", file.path,
            ],
            within: .seconds(240)
        )
        return try Recording(file: file)
    }
}

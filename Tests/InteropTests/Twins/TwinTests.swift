import Foundation
import JSON
import OrderedCollections
import Testing

/// One scenario of a Python producer, once with a Python worker and once with the Swift one.
@Suite(.serialized) struct TwinTests {
    enum Producer: String, CaseIterable, Sendable {
        case celery57 = "5.7.0"
        case celery53 = "5.3.6"

        func python(_ environment: TestEnvironment) -> String {
            self == .celery57 ? environment.python57 : environment.python53
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Producer.allCases)
    func pythonClientsSeeWhatAPythonWorkerWouldGive(_ producer: Producer) async throws {
        let environment = try TestEnvironment()
        let python = producer.python(environment)
        async let ofPython = environment.withQueue("twin-python") { queue in
            let worker = try await environment.pythonWorker(queue: queue)
            let recording = try await scenario(python, environment, queue: queue)
            // Not asked to stop: it would wait for the tasks that its thread pool has dropped.
            worker.kill()
            return recording
        }
        async let ofSwift = environment.withQueue("twin-swift") { queue in
            let worker = try await environment.swiftWorker(queue: queue)
            let recording = try await scenario(python, environment, queue: queue, ["--beyond"])
            #expect(try await worker.stop() == 0, "\(worker.tail)")
            return recording
        }
        let (expected, found) = try await (ofPython, ofSwift)
        #expect(expected.celery == producer.rawValue)
        #expect(found.left == 0)
        #expect(expected.cases.count > 150)
        var known = found.cases
        checkRefusedWorkflows(&known)
        checkSwiftErrors(&known)
        let recording = Recording(celery: found.celery, cases: known, left: found.left)
        recording.expectLike(expected, except: IntendedDifference.all, isComplete: producer == .celery57)
    }

    private func scenario(
        _ python: String,
        _ environment: TestEnvironment,
        queue: String,
        _ options: [String] = []
    ) async throws -> Recording {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try await ChildProcess.run(
            python,
            ["scenario.py", "--broker", environment.broker, "--queue", queue, "--output", file.path] + options,
            within: .seconds(150)
        )
        return try Recording(file: file)
    }

    /// What this version can't carry on with is not run and ends as a failure that says so.
    private func checkRefusedWorkflows(_ cases: inout JSONObject) {
        let carried = [
            "link": "callbacks (link)", "link_error": "errbacks (link_error)", "chain_tail": "a chain",
            "chord": "a chord", "protocol1_link": "callbacks (link)",
        ]
        for (name, what) in carried {
            let record = cases.removeValue(forKey: name)
            let text = record?["exception"]?["text"]?.string ?? ""
            #expect(record?["states"] == ["FAILURE"], "\(name)")
            #expect(record?["exception"]?["type"] == "NotImplementedError", "\(name)")
            #expect(text.contains("was not run") && text.contains(what), "\(name): \(text)")
        }
        for name in ["link_of_ignored", "nothing_followed"] {
            let record = cases.removeValue(forKey: name)
            #expect(record?["value"] == "builtins.int 0", "\(name) ran what it should not: \(record ?? .null)")
        }
    }

    /// Errors that know nothing of Python arrive under their Swift names.
    private func checkSwiftErrors(_ cases: inout JSONObject) {
        let expected: [String: (module: JSONValue, type: JSONValue, text: JSONValue)] = [
            "swift_error_enum": ("celery.exceptions", "DiskError", "full(path: \"/var\")"),
            "swift_error_struct": ("celery.exceptions", "QuotaError", "quota exceeded: 11 of 10"),
            "swift_error_mapped": ("builtins", "PermissionError", "not yours"),
            "fail_unknown": ("celery.exceptions", "Unheard", "of"),
        ]
        for (name, error) in expected {
            let exception = cases.removeValue(forKey: name)?["exception"]
            #expect(exception?["module"] == error.module, "\(name)")
            #expect(exception?["type"] == error.type, "\(name)")
            #expect(exception?["text"] == error.text, "\(name)")
        }
    }
}

import Foundation
import JSON
import Testing

/// ETAs, expiry and rate limits: one Python producer, with a Python worker and with this one; and messages that one of the two
/// has parked in the broker for the other.
@Suite(.serialized) struct DelayTests {
    private static let cases = ["countdown", "eta", "eta_long_past", "expires_first", "expires_later", "limited"]

    private func native(_ queue: String) -> [String: String] {
        [
            "SWIFTWORKER_TASK_QUEUES":
                "{\(queue): {exchange: \(queue), exchange_type: topic, queue_arguments: {x-queue-type: quorum}}}"
        ]
    }

    private func lines(
        _ environment: TestEnvironment,
        _ queue: String,
        _ cases: [String],
        isNative: Bool = false
    ) async throws -> [JSONValue] {
        let output = try await ChildProcess.run(
            environment.python57,
            ["delays.py", "--broker", environment.broker, "--queue", queue] + cases,
            environment: isNative ? ["TWIN_NATIVE": "1"] : [:],
            within: .seconds(150)
        )
        let lines = output.split(separator: "\n").filter { $0.hasPrefix("{") }
        return try lines.map { try JSONValue(parsing: Array($0.utf8)) }
    }

    /// With a hold limit of one second, so that all of it goes through the broker.
    @Test(.timeLimit(.minutes(5))) func aProducerSeesWhatAPythonWorkerWouldGive() async throws {
        let environment = try TestEnvironment()
        async let ofPython = environment.withQueue("delay-python") { queue in
            let worker = try await environment.pythonWorker(queue: queue)
            let lines = try await lines(environment, queue, Self.cases)
            worker.kill()
            return lines
        }
        async let ofSwift = environment.withQueue("delay-swift") { queue in
            let worker = try await environment.swiftWorker(
                queue: queue,
                environment: ["SWIFTWORKER_ETA_HOLD_LIMIT": "1"]
            )
            let lines = try await lines(environment, queue, Self.cases)
            #expect(try await worker.stop() == 0, "\(worker.tail)")
            return lines
        }
        let (expected, found) = try await (ofPython, ofSwift)
        #expect(expected.count == Self.cases.count)
        #expect(found == expected)
    }

    /// A Python producer delays in the broker by itself, since the queue is a quorum queue with a topic exchange.
    @Test(.timeLimit(.minutes(3))) func runsWhatCeleryHasParked() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("delay-native") { queue in
            let worker = try await environment.swiftWorker(queue: queue, environment: native(queue))
            try await worker.wait(for: "The delay queues are declared")
            let found = try await lines(environment, queue, ["delivery", "expires_first"], isNative: true)
            try check(found.first, isDelayed: true)
            #expect(found.last?["value"]?.string?.contains("TaskRevokedError: expired") == true, "\(found)")
            #expect(!worker.output.contains("waits in the broker"))
            #expect(try await worker.stop() == 0, "\(worker.tail)")
        }
    }

    /// The worker that has parked it is gone when its time comes.
    @Test(.timeLimit(.minutes(3)), arguments: [false, true])
    func aPythonWorkerRunsWhatThisOneHasParked(isNative: Bool) async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("delay-parked") { queue in
            var variables = isNative ? native(queue) : [:]
            variables["SWIFTWORKER_ETA_HOLD_LIMIT"] = "1"
            let worker = try await environment.swiftWorker(queue: queue, environment: variables)
            // Not by Celery itself, which would delay on its own.
            async let sent = lines(environment, queue, ["delivery"], isNative: false)
            try await worker.wait(for: "received")
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await worker.stop() == 0, "\(worker.tail)")
            #expect(worker.output.contains(" 1 parked"), "\(worker.tail)")
            let python = try await environment.pythonWorker(queue: queue, isNative: isNative)
            try check(try await sent.first, isDelayed: true)
            python.kill()
        }
    }

    private func check(_ line: JSONValue?, isDelayed: Bool) throws {
        let line = try #require(line)
        #expect(line["early"] == false && line["late"] == false, "\(line)")
        let value = try #require(line["value"])
        #expect(value["delayed"] == .bool(isDelayed) && value["has_eta"] == true, "\(line)")
        #expect(value["correlation_id"] == true && value["retries"] == 0, "\(line)")
        #expect(value["custom"]?["own"] == [1, ["a": "ä"]], "\(line)")
    }
}

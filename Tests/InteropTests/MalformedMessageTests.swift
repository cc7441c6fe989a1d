import Foundation
import JSON
import Testing

/// Mutations of real messages, thousands of them, through a live worker.
@Suite(.serialized) struct MalformedMessageTests {
    /// How many messages; every hundredth is a valid task. `SWIFTWORKER_TEST_MALFORMED` sets another number.
    static var count: Int {
        ProcessInfo.processInfo.environment["SWIFTWORKER_TEST_MALFORMED"].flatMap { Int($0) } ?? 20_000
    }

    /// The worker's own limits, low so that small messages pass them.
    private static let limits = ["SWIFTWORKER_MESSAGE_MAX_BYTES": "4194304"]

    @Test(.timeLimit(.minutes(20)))
    func workerSurvivesRefusesAndGoesOn() async throws {
        let environment = try TestEnvironment()
        try await environment.withQueue("malformed") { queue in
            let worker = try await environment.swiftWorker(queue: queue, environment: Self.limits)
            let before = try ProcessFigures(of: worker.identifier)
            let flood = try await flood(environment, queue: queue)
            try #require(worker.isRunning, "the worker has ended:\n\(worker.tail)")
            let after = try ProcessFigures(of: worker.identifier)
            #expect(try await worker.stop() == 0, "\(worker.tail)")

            let valid = try #require(flood["valid"]?.integer)
            #expect(valid >= Self.count / 100)
            #expect(flood["right"]?.integer == valid, "\(flood["missing"] ?? .null) \(flood["wrong"] ?? .null)")
            #expect(flood["left"]?.integer == 0)
            #expect(after.descriptors <= before.descriptors + 2, "\(before) \(after)")
            #expect(after.residentKiB < 300 * 1024, "\(before) \(after)")

            let report = try FinalReport(worker.output)
            // Nothing goes back to the broker at the end, so that the queue is empty for good.
            #expect(report["returned"] == 0)
            #expect(report["leaked"] == 0)
            #expect(report["settled too late"] == 0)
            #expect(report["results not stored"] == 0)
            #expect(report["received"] == flood["published"]?.integer.map(Int.init))
            #expect(report["received"] == report.sumOfEnds)
            #expect(report["refused"] > Self.count / 5)
            let refused = /The message was (?:rejected|discarded|dead-lettered)|was refused unread/
            let refusals = worker.output.matches(of: refused)
            #expect(refusals.count == report["refused"])
            #expect(try await environment.deleteQueue(queue) == 0)
        }
    }

    private func flood(_ environment: TestEnvironment, queue: String) async throws -> JSONValue {
        let file = FileManager.default.temporaryDirectory.appending(path: "\(queue).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try await ChildProcess.run(
            environment.python57,
            [
                "flood.py", "--broker", environment.broker, "--queue", queue, "--count", String(Self.count),
                "--output", file.path,
            ],
            within: .seconds(60 + Self.count / 100)
        )
        return try JSONDocument(Array(try Data(contentsOf: file))).root.value
    }
}

/// What the kernel says of a process.
struct ProcessFigures {
    let descriptors: Int
    let residentKiB: Int

    init(of identifier: Int32) throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(identifier)/fd").count
        let status = try String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
        let resident = status.firstMatch(of: /VmRSS:\s+(\d+) kB/)?.output.1
        residentKiB = resident.flatMap { Int($0) } ?? .max
    }
}

/// The numbers of the worker's last log line.
struct FinalReport {
    private var numbers: [String: Int] = [:]

    init(_ output: String) throws {
        guard let line = output.split(separator: "\n").last(where: { $0.contains("worker: stopped:") }) else {
            throw ChildProcess.Failure(description: "the worker gave no final report")
        }
        for match in line.matches(of: /(\d+) ([a-z ]+)/) {
            numbers[String(match.output.2)] = Int(match.output.1)
        }
    }

    /// -1 when there is no such number.
    subscript(name: String) -> Int { numbers[name] ?? -1 }

    /// How many messages have come to one of the possible ends.
    var sumOfEnds: Int {
        ["succeeded", "failed", "refused", "expired", "ignored or rejected", "returned", "cancelled"]
            .map { self[$0] }.reduce(0, +)
    }
}

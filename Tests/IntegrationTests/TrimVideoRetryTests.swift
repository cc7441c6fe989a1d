import BrokerModel
import CeleryProtocol
import FoundationEssentials
import Glibc
import JSON
import Logging
import Postgres
import ResultStores
import SwiftWorker
import SwiftWorkerTesting
import Testing

@testable import ZoomUploader

/// `trim_video` in a worker: what fails is tried again, and only the last failure is the recording's (application
/// reference, 1.1, 3.4 and 4).
@Suite("trim_video: retries", .timeLimit(.minutes(2)))
struct TrimVideoRetryTests {
    /// A run's end: its state, and the message of the next run if there is one.
    private struct End {
        let state: JSONValue
        let next: OutgoingMessage?
        /// Until the next run.
        let wait: Duration?
    }

    /// Lets a worker run the task once.
    private func run(
        _ id: Int,
        _ fixture: TrimVideoFixture,
        retries: Int32 = 0,
        softLimit: Double? = nil,
        configure: (inout ZoomUploaderConfiguration) -> Void = { _ in }
    ) async throws -> End {
        var configuration = ZoomUploaderConfiguration(database: fixture.database, storageRoot: fixture.root)
        configure(&configuration)
        let clock = ManualClock()
        let broker = InMemoryBroker(clock: clock)
        var settings = Settings()
        settings.workerPool = .threads
        settings.workerConcurrency = 1
        settings.taskAcksLate = true
        let worker = try Worker(
            WorkerConfiguration(
                settings: settings,
                queues: [QueueTopology(queue: QueueDeclaration(name: "work"), exchange: nil, routingKey: "work")],
                tasks: TaskRegistry([TrimVideo(configuration)]),
                nodeName: "test@host",
                broker: broker,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
                clock: clock.workerClock,
                makeResults: { RPCResultStore(publisher: $0, isPersistent: false, timeout: .seconds(5)) }
            )
        )
        let running = Task { try await worker.run() as Int32 }
        broker.publish(message(id, retries, softLimit))
        var states: [JSONValue] = []
        while !states.contains(where: { ["RETRY", "SUCCESS", "FAILURE"].contains($0["status"]?.string) }) {
            states += try broker.drain("replies").map { try JSONValue(parsing: $0.body) }
            try await Task.sleep(for: .milliseconds(10))
        }
        worker.shutDown(.warm)
        _ = try await running.value
        let next = (broker.drain("work") + broker.delayed.map(\.message)).first
        let eta = next?.properties.headers?["eta"]?.string.flatMap { Instant(iso8601: $0) }
        return End(state: try #require(states.last), next: next, wait: eta.map { $0 - clock.now })
    }

    private func message(_ id: Int, _ retries: Int32, _ softLimit: Double?) -> OutgoingMessage {
        let kwargs: JSONValue = ["recording_id": .integer(Int64(id)), "user_id": .string(TrimVideoFixture.userID)]
        return OutgoingMessage(
            routingKey: "work",
            properties: MessageProperties(
                contentType: "application/json",
                contentEncoding: "utf-8",
                headers: [
                    "task": .string(TrimVideo.name), "id": "t1", "retries": .int32(retries),
                    "timelimit": .array([.void, softLimit.map { .double($0) } ?? .void]),
                ],
                correlationID: "t1",
                replyTo: "replies"
            ),
            body: JSONValue.array([[], kwargs, [:]]).serialized()
        )
    }

    private func isFailed(_ id: Int, _ fixture: TrimVideoFixture) async throws -> Bool {
        try await fixture.recording(id).decode("failed", as: Bool.self)
    }

    @Test("A failure is tried again twice, after three minutes each time, and then is the recording's")
    func failure() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            for retries: Int32 in 0...1 {
                let end = try await run(id, fixture, retries: retries)
                #expect(end.state["status"] == "RETRY")
                #expect(end.state["result"]?["exc_type"] == "ValueError")
                #expect(end.wait == .seconds(180))
                #expect(end.next?.properties.headers?["retries"] == .int32(retries + 1))
                #expect(try await !isFailed(id, fixture))
            }
            let last = try await run(id, fixture, retries: 2)
            #expect(last.state["status"] == "FAILURE" && last.next == nil)
            #expect(try await isFailed(id, fixture))
        }
    }

    @Test("A run that takes too long is tried again after ten minutes")
    func softLimit() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: TrimVideoTests.silentEnds, duration: 60)
            let script = fixture.absolute("slow-ffmpeg")
            try Data("#!/bin/sh\nexec ffmpeg -re \"$@\"\n".utf8).write(to: URL(filePath: script))
            #expect(chmod(script, 0o755) == 0)
            let end = try await run(id, fixture, softLimit: 1) { $0.ffmpeg = script }
            #expect(end.state["status"] == "RETRY")
            #expect(end.state["result"]?["exc_type"] == "SoftTimeLimitExceeded")
            #expect(end.wait == .seconds(600))
            #expect(try await !isFailed(id, fixture))

            let last = try await run(id, fixture, retries: 2, softLimit: 1) { $0.ffmpeg = script }
            #expect(last.state["status"] == "FAILURE")
            #expect(last.state["result"]?["exc_type"] == "SoftTimeLimitExceeded")
            #expect(try await isFailed(id, fixture))
        }
    }
}

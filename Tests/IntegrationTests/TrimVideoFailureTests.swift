import CeleryProtocol
import FoundationEssentials
import Glibc
import JSON
import Postgres
import Testing

@testable import ZoomUploader

@Suite("trim_video: failures", .timeLimit(.minutes(2)))
struct TrimVideoFailureTests {
    @Test("A missing file fails by the rule, and the next run clears it")
    func missingFile() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording(hasTrimStage: true)
            let error = await #expect(throws: ZoomUploaderError.self) { try await fixture.run(id) }
            let reason = "Video file not found: \(fixture.folder(id))/source.mp4"
            #expect(PythonException(try #require(error)) == .valueError(reason))
            try await Self.expectFailed(id, reason: reason, fixture)
            #expect(try await fixture.trimStage(id).decode("status", as: String.self) == "FAILED")
            #expect(try fixture.files().isEmpty)

            try await fixture.makeClip(id, silences: [], duration: 2)
            _ = try await fixture.run(id)
            let row = try await fixture.recording(id)
            #expect(try !row.decode("failed", as: Bool.self))
            for column in ["failed_reason", "failed_at_stage", "failed_at"] {
                #expect(try row.decodeIfPresent(column, as: String.self) == nil)
            }
            let stage = try await fixture.trimStage(id)
            #expect(try stage.decode("status", as: String.self) == "COMPLETED")
            #expect(try !stage.decode("failed", as: Bool.self))
        }
    }

    @Test("The failure of another stage stays")
    func otherFailure() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: [], duration: 2)
            try await fixture.client.query(
                "UPDATE recordings SET failed = true, failed_at_stage = 'transcribe', failed_reason = 'r'"
            )
            _ = try await fixture.run(id)
            #expect(try await fixture.recording(id).decode("failed_at_stage", as: String.self) == "transcribe")
        }
    }

    @Test("A recording that isn't there, is deleted or somebody else's is a ValueError and stays untouched")
    func notFound() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.client.query("UPDATE recordings SET deleted = true")
            for (recording, user) in [
                (id, TrimVideoFixture.userID), (id + 1, TrimVideoFixture.userID), (1 << 40, "x"), (id, "somebody"),
            ] {
                let error = await #expect(throws: ZoomUploaderError.self) {
                    try await fixture.run(recording, userID: user)
                }
                #expect(
                    PythonException(try #require(error))
                        == .valueError("Recording \(recording) not found for user \(user)")
                )
            }
            #expect(try await !fixture.recording(id).decode("failed", as: Bool.self))
        }
    }

    @Test("What ffmpeg can't read is a failure with its words, cut, and leaves no file")
    func garbage() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            let source = "\(fixture.folder(id))/source.mp4"
            try FileManager.default.createDirectory(
                atPath: fixture.absolute(fixture.folder(id)),
                withIntermediateDirectories: true
            )
            try Data("no video at all".utf8).write(to: URL(filePath: fixture.absolute(source)))
            let error = await #expect(throws: ZoomUploaderError.self) { try await fixture.run(id) }
            let message = try #require(error).message
            #expect(message.hasPrefix("Failed to extract audio: ffmpeg ended with exit status 1"))
            #expect(message.contains("Invalid data"))
            #expect(PythonException(try #require(error)).type == "RuntimeError")
            try await Self.expectFailed(id, reason: String(message.prefix(1000)), fixture)
            #expect(try fixture.files() == [source])
        }
    }

    @Test("Without ffmpeg, with an odd setting or an odd override the failure says so")
    func unusable() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: [], duration: 1)
            let noProgram = await #expect(throws: ZoomUploaderError.self) {
                try await fixture.run(id) { $0.ffmpeg = "/no/such/ffmpeg" }
            }
            #expect(noProgram?.message.contains("/no/such/ffmpeg can't be started") == true)
            let odd: JSONValue = ["trimming": ["padding_before": "much"]]
            let setting = await #expect(throws: ZoomUploaderError.self) {
                try await fixture.run(id, manualOverride: odd)
            }
            #expect(setting?.message == "trimming.padding_before must be a number")
            let override = await #expect(throws: ZoomUploaderError.self) {
                try await fixture.run(id, manualOverride: [1])
            }
            #expect(override?.message == "manual_override must be a dict")
            try await Self.expectFailed(id, reason: "manual_override must be a dict", fixture)
        }
    }

    @Test("Cancelling ends ffmpeg's whole group, leaves no files, and is a failure by the rule")
    func cancellation() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording(hasTrimStage: true)
            try await fixture.makeClip(id, silences: TrimVideoTests.silentEnds, duration: 60)
            // The real ffmpeg, at the clip's own speed, as a grandchild.
            let script = fixture.absolute("slow-ffmpeg")
            let pids = fixture.absolute("pids")
            try Data("#!/bin/sh\nffmpeg -re \"$@\" &\necho $! >> \(pids)\nwait\n".utf8).write(to: URL(filePath: script))
            #expect(chmod(script, 0o755) == 0)

            let run = Task { try await fixture.run(id) { $0.ffmpeg = script } }
            let pid = try await Self.firstPid(in: pids)
            #expect(kill(pid, 0) == 0)
            run.cancel()
            let result = await run.result
            #expect(throws: CancellationError.self) { _ = try result.get() }
            try await Self.waitUntil { kill(pid, 0) != 0 || Self.isZombie(pid) }

            #expect(
                try fixture.files().filter { $0 != "slow-ffmpeg" && $0 != "pids" } == [
                    "\(fixture.folder(id))/source.mp4"
                ]
            )
            try await Self.expectFailed(id, reason: "Task was cancelled", fixture)
            #expect(try await fixture.trimStage(id).decode("status", as: String.self) == "FAILED")
        }
    }

    @Test("A broken connection in the middle fails the task by the rule")
    func lostDatabase() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: [], duration: 1)
            let effects = RecordingEffects { percent in
                guard percent == 90 else { return }
                try await fixture.client.query("ALTER TABLE recordings RENAME COLUMN processed_audio_path TO other")
            }
            let error = await #expect(throws: PostgresError.self) { try await fixture.run(id, effects: effects) }
            #expect(error?.sqlState == SQLState("42703"))
            #expect(try await fixture.recording(id).decode("failed", as: Bool.self))
        }
    }

    @Test("A worker without database says what to set")
    func noDatabase() async throws {
        try await TrimVideoFixture.with { fixture in
            let error = await #expect(throws: ZoomUploaderError.self) {
                try await fixture.run(1) { $0.database = ZoomUploaderConfiguration(environment: [:]).database }
            }
            #expect(error?.code == .configuration)
            #expect(error?.message.contains("DATABASE_URL") == true)
        }
    }

    static func expectFailed(_ id: Int, reason: String, _ fixture: TrimVideoFixture) async throws {
        let row = try await fixture.recording(id)
        #expect(try row.decode("status", as: String.self) == "DOWNLOADED")
        #expect(try row.decode("failed", as: Bool.self))
        #expect(try row.decode("failed_at_stage", as: String.self) == "trim")
        #expect(try row.decode("failed_reason", as: String.self) == reason)
        #expect(try row.decodeIfPresent("failed_at", as: Date.self) != nil)
    }

    static func firstPid(in path: String) async throws -> Int32 {
        var pid: Int32?
        try await waitUntil {
            let text = (try? String(contentsOf: URL(filePath: path), encoding: .utf8)) ?? ""
            pid = text.split(separator: "\n").first.flatMap { Int32($0) }
            return pid != nil
        }
        return try #require(pid)
    }

    static func waitUntil(_ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(30)
        while !condition() {
            try #require(ContinuousClock.now < deadline, "the condition never came true")
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Whoever adopts a killed grandchild may take a moment to reap it.
    static func isZombie(_ pid: Int32) -> Bool {
        let text = (try? String(contentsOf: URL(filePath: "/proc/\(pid)/stat"), encoding: .utf8)) ?? ") Z "
        return text.contains(") Z ")
    }
}

import CeleryProtocol
import FoundationEssentials
import JSON
import Postgres
import Threads
import Testing

@testable import ZoomUploader

@Suite("trim_video", .timeLimit(.minutes(2)))
struct TrimVideoTests {
    static var shortPaddings: JSONValue { ["trimming": ["padding_before": 0.5, "padding_after": 0.5]] }
    static let silentEnds = [0.0...3.0, 7.0...10.0]
    static let stepsOfTrim = [
        "10 trim", "15 trim", "20 extract_audio", "40 analyze", "60 trim_video", "80 trim_audio", "90 trim",
    ]

    @Test("Silent ends are cut off: files, rows, progress, result")
    func silentEnds() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording(preferences: Self.shortPaddings)
            try await fixture.makeClip(id, silences: Self.silentEnds)
            let effects = RecordingEffects()
            let result = try await fixture.run(id, effects: effects)

            let folder = fixture.folder(id)
            #expect(
                try String(decoding: JSON.JSONEncoder().encode(result), as: UTF8.self) == """
                    {"task_id": "task-1", "user_id": "\(TrimVideoFixture.userID)", "status": "completed", \
                    "recording_id": \(id), "result": {"success": true, \
                    "processed_video_path": "\(folder)/video.mp4", "audio_path": "\(folder)/audio.mp3"}}
                    """
            )
            #expect(try fixture.files() == ["audio.mp3", "source.mp4", "video.mp4"].map { "\(folder)/\($0)" })
            for file in ["video.mp4", "audio.mp3"] {
                #expect(abs(try await fixture.duration("\(folder)/\(file)") - 5) < 0.7)
            }
            let row = try await fixture.recording(id)
            #expect(try row.decode("processed_video_path", as: String.self) == "\(folder)/video.mp4")
            #expect(try row.decode("processed_audio_path", as: String.self) == "\(folder)/audio.mp3")
            // Without a row for the stage the status stays.
            #expect(try row.decode("status", as: String.self) == "DOWNLOADED")
            #expect(try !row.decode("failed", as: Bool.self))
            #expect(try row.decode("updated_at", as: Date.self) > row.decode("created_at", as: Date.self))
            #expect(effects.states == ["PROCESSING"])
            #expect(effects.steps == Self.stepsOfTrim)
            let first = try #require(effects.metas.first)
            #expect(
                String(decoding: first.serialized(), as: UTF8.self) == """
                    {"user_id": "\(TrimVideoFixture.userID)", "progress": 10, \
                    "status": "Initializing video trimming", "step": "trim"}
                    """
            )
        }
    }

    @Test("The stage's row and the status follow, and are there for others while ffmpeg runs")
    func stage() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording(preferences: Self.shortPaddings, hasTrimStage: true)
            try await fixture.makeClip(id, silences: Self.silentEnds)
            let seen = Lock<[String]>([])
            let effects = RecordingEffects { percent in
                guard percent == 15 || percent == 20 || percent == 90 else { return }
                let status = try await fixture.recording(id).decode("status", as: String.self)
                let stage = try await fixture.trimStage(id).decode("status", as: String.self)
                seen.withLock { $0.append("\(percent) \(status) \(stage)") }
            }
            _ = try await fixture.run(id, effects: effects)
            #expect(
                seen.withLock { $0 } == [
                    "15 DOWNLOADED PENDING", "20 PROCESSING IN_PROGRESS", "90 PROCESSING IN_PROGRESS",
                ]
            )
            let stage = try await fixture.trimStage(id)
            #expect(try stage.decode("status", as: String.self) == "COMPLETED")
            #expect(try stage.decodeIfPresent("completed_at", as: Date.self) != nil)
            #expect(try await fixture.recording(id).decode("status", as: String.self) == "PROCESSED")
        }
    }

    @Test("Sound throughout: the original serves, the audio is kept")
    func soundThroughout() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: [], duration: 4)
            let effects = RecordingEffects()
            let result = try await fixture.run(id, effects: effects)
            let folder = fixture.folder(id)
            #expect(result.result.processedVideoPath == "\(folder)/source.mp4")
            #expect(try fixture.files() == ["audio.mp3", "source.mp4"].map { "\(folder)/\($0)" })
            #expect(abs(try await fixture.duration("\(folder)/audio.mp3") - 4) < 0.3)
            #expect(
                effects.steps == [
                    "10 trim", "15 trim", "20 extract_audio", "40 analyze", "60 reference_video", "90 trim",
                ]
            )
            let row = try await fixture.recording(id)
            #expect(try row.decode("processed_video_path", as: String.self) == "\(folder)/source.mp4")
        }
    }

    @Test("Templates and the override are heard: user, template, runtime template, override")
    func configuration() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording()
            try await fixture.makeClip(id, silences: Self.silentEnds)
            try await fixture.client.query(
                "INSERT INTO user_configs (user_id, config_data) VALUES ($1, $2)",
                [
                    .text(TrimVideoFixture.userID),
                    .json(Array(#"{"trimming": {"padding_before": 2, "padding_after": 2}}"#.utf8)),
                ]
            )
            let template = try await fixture.client.query(
                """
                INSERT INTO recording_templates (user_id, name, processing_config)
                VALUES ($1, 'T', '{"trimming": {"padding_before": 1}}') RETURNING id
                """,
                [.text(TrimVideoFixture.userID)]
            )
            let templateID = try #require(template.rows.first).decode("id", as: Int64.self)
            _ = try await fixture.run(id, manualOverride: ["runtime_template_id": .integer(templateID)])
            let audio = "\(fixture.folder(id))/audio.mp3"
            // 3 - 1 to 7 + 2.
            #expect(abs(try await fixture.duration(audio) - 7) < 0.4)

            let override: JSONValue = [
                "runtime_template_id": .integer(templateID), "trimming": ["padding_after": 0.5],
            ]
            _ = try await fixture.run(id, manualOverride: override)
            #expect(abs(try await fixture.duration(audio) - 5.5) < 0.4)
        }
    }

    @Test("Runs of one recording at the same time don't disturb each other")
    func atTheSameTime() async throws {
        try await TrimVideoFixture.with { fixture in
            let id = try await fixture.addRecording(preferences: Self.shortPaddings, hasTrimStage: true)
            try await fixture.makeClip(id, silences: Self.silentEnds)
            async let first = fixture.run(id)
            async let second = fixture.run(id)
            _ = try await (first, second)
            let folder = fixture.folder(id)
            #expect(try fixture.files() == ["audio.mp3", "source.mp4", "video.mp4"].map { "\(folder)/\($0)" })
            #expect(abs(try await fixture.duration("\(folder)/video.mp4") - 5) < 0.7)
            #expect(try await fixture.trimStage(id).decode("status", as: String.self) == "COMPLETED")
        }
    }
}

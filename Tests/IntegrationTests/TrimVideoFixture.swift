import CeleryProtocol
import FoundationEssentials
import JSON
import Logging
import Postgres
import Processes
import SwiftWorker
import Threads
import Testing

@testable import ZoomUploader

/// A database, a folder and a recording for one test of `trim_video`.
struct TrimVideoFixture: Sendable {
    static let userID = "01JTESTUSER000000000000000"

    let client: PostgresClient
    let root: String
    let database: PostgresConfiguration

    /// Lends a fixture; its database and folder go at the end on both paths.
    static func with<R>(_ body: nonisolated(nonsending) (TrimVideoFixture) async throws -> R) async throws -> R {
        try await PostgresServer.withDatabase { database in
            let root = FileManager.default.temporaryDirectory.path + "/trim-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: root) }
            let client = PostgresClient(database)
            defer { client.close() }
            let fixture = TrimVideoFixture(client: client, root: root, database: database)
            let script = try Migrations.script()
            try await client.withConnection { connection in
                try await connection.execute(script: script)
                try await connection.query(
                    "INSERT INTO users (id, user_slug, email) VALUES ($1, 12, 'ann@example.org')",
                    [.text(userID)]
                )
            }
            return try await body(fixture)
        }
    }

    /// The recording's folder, relative to the root.
    func folder(_ id: Int) -> String { "storage/users/user_000012/recordings/\(id)" }

    /// Inserts a recording whose original is `source.mp4` in its folder, with or without that file.
    func addRecording(preferences: JSONValue? = nil, hasTrimStage: Bool = false) async throws -> Int {
        let row = try await client.query(
            """
            INSERT INTO recordings (user_id, display_name, start_time, status, processing_preferences)
            VALUES ($1, 'Lecture', now(), 'DOWNLOADED', $2) RETURNING id
            """,
            [.text(Self.userID), preferences.map { .json($0.serialized()) } ?? .null]
        ).rows.first
        let id = try #require(row).decode("id", as: Int.self)
        try await client.query(
            "UPDATE recordings SET local_video_path = $2 WHERE id = $1",
            [.integer(id), .text("\(folder(id))/source.mp4")]
        )
        if hasTrimStage {
            try await client.query(
                "INSERT INTO processing_stages (recording_id, user_id, stage_type) VALUES ($1, $2, 'TRIM')",
                [.integer(id), .text(Self.userID)]
            )
        }
        return id
    }

    /// Makes the original: tones and silences, in seconds, with a moving picture.
    func makeClip(_ id: Int, silences: [ClosedRange<Double>], duration: Double = 10) async throws {
        try FileManager.default.createDirectory(atPath: absolute(folder(id)), withIntermediateDirectories: true)
        let silent = silences.map { "between(t,\($0.lowerBound),\($0.upperBound))" }.joined(separator: "+")
        let volume = silences.isEmpty ? "1" : "if(\(silent),0,1)"
        let result = try await CommandRunner(timeout: .seconds(60)).run(
            Command(
                "ffmpeg",
                [
                    "-loglevel", "error", "-f", "lavfi", "-i", "testsrc=size=160x120:rate=10:duration=\(duration)",
                    "-f", "lavfi", "-i", "sine=frequency=440:duration=\(duration)",
                    "-af", "volume='\(volume)':eval=frame", "-c:v", "libx264", "-preset", "ultrafast", "-g", "5",
                    "-c:a", "aac", "-y", absolute("\(folder(id))/source.mp4"),
                ]
            )
        )
        try #require(result.status.isSuccess, "\(result.standardError.text)")
    }

    /// Runs the task's body, and its hook when it fails, as a worker does.
    func run(
        _ id: Int,
        manualOverride: JSONValue? = nil,
        userID: String = Self.userID,
        effects: RecordingEffects = RecordingEffects(),
        configure: (inout ZoomUploaderConfiguration) -> Void = { _ in }
    ) async throws -> TaskResult<TrimVideo.Details> {
        var configuration = ZoomUploaderConfiguration(database: database, storageRoot: root)
        configure(&configuration)
        var logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        logger.logLevel = .critical
        let context = TaskContext(
            request: TaskRequest(id: "task-1", task: TrimVideo.name),
            logger: logger,
            effects: effects
        )
        let arguments = TrimVideo.Arguments(recordingID: id, userID: userID, manualOverride: manualOverride)
        let task = TrimVideo(configuration)
        do {
            return try await task.run(arguments, context)
        } catch {
            let failure = TaskFailure(exception: PythonException(error), error: error)
            // Like the worker's, out of the body's cancellation.
            try await Task.detached { try await task.onFailure(failure, arguments, context) }.value
            throw error
        }
    }

    func absolute(_ path: String) -> String { "\(root)/\(path)" }

    /// Length in seconds.
    func duration(_ path: String) async throws -> Double {
        let media = MediaTools(ZoomUploaderConfiguration(database: database, storageRoot: root))
        return try #require(try await media.duration(of: absolute(path)))
    }

    /// All files under the root, relative to it, sorted.
    func files() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
            var isFolder = false
            return FileManager.default.fileExists(atPath: absolute(path), isDirectory: &isFolder) && !isFolder
        }.sorted()
    }

    /// Some columns of the recording's row as text.
    func recording(_ id: Int) async throws -> PostgresRow {
        try #require(try await client.query("SELECT * FROM recordings WHERE id = $1", [.integer(id)]).rows.first)
    }

    func trimStage(_ id: Int) async throws -> PostgresRow {
        try #require(
            try await client.query(
                "SELECT * FROM processing_stages WHERE recording_id = $1 AND stage_type = 'TRIM'",
                [.integer(id)]
            ).rows.first
        )
    }
}

/// Keeps what a body reports.
final class RecordingEffects: TaskEffects {
    private let reports = Lock<[(state: String, meta: JSONValue)]>([])
    private let onProgress: @Sendable (Int) async throws -> Void

    /// - Parameter onProgress: Called with each percentage, before the body goes on.
    init(onProgress: @escaping @Sendable (Int) async throws -> Void = { _ in }) {
        self.onProgress = onProgress
    }

    var states: Set<String> { Set(reports.withLock { $0.map(\.state) }) }
    var metas: [JSONValue] { reports.withLock { $0.map(\.meta) } }
    var steps: [String] {
        metas.map { "\($0["progress"]?.integer ?? -1) \($0["step"]?.string ?? "")" }
    }

    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {
        let value = try JSONValue(parsing: JSON.JSONEncoder().encode(meta))
        reports.withLock { $0.append((state, value)) }
        try await onProgress(Int(value["progress"]?.integer ?? -1))
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String {
        Issue.record("trim_video publishes nothing")
        return ""
    }

    func sendEvent(_ type: String, _ fields: JSONObject, of request: TaskRequest) {
        Issue.record("trim_video sends no events")
    }
}

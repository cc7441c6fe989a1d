import FoundationEssentials
import Glibc
import JSON
import Logging
import Postgres
import SwiftWorker
import Testing
import Threads

@testable import ZoomUploader

/// All tests of maintenance, one after the other: each has a database and connections of its own.
@Suite("Maintenance", .serialized)
enum MaintenanceTests {}

/// A database and a storage root for one test of the maintenance tasks.
struct MaintenanceFixture: Sendable {
    static let userID = "01JTESTUSER000000000000000"

    let client: PostgresClient
    /// The storage root, absolute; `storage/` is there and not empty.
    let root: String
    let services: Services
    let log = RecordedLog()

    /// Lends a fixture; its database and folder go at the end on both paths.
    static func with<R>(_ body: nonisolated(nonsending) (MaintenanceFixture) async throws -> R) async throws -> R {
        try await PostgresServer.withDatabase { database in
            let root = FileManager.default.temporaryDirectory.path + "/maint-\(UInt32.random(in: 0...UInt32.max))"
            try FileManager.default.createDirectory(atPath: root + "/storage/users", withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: root) }
            let client = PostgresClient(database)
            defer { client.close() }
            let services = Services(ZoomUploaderConfiguration(database: database, storageRoot: root))
            defer { (try? services.client())?.close() }
            let fixture = MaintenanceFixture(client: client, root: root, services: services)
            try await fixture.execute(Migrations.script())
            try await fixture.addUser(userID)
            return try await body(fixture)
        }
    }

    /// Runs a task's body and gives its result as JSON.
    func run<T: WorkerTask>(_ task: T, _ arguments: T.Arguments) async throws -> JSONValue {
        let context = TaskContext(
            request: TaskRequest(id: "task-1", task: T.name),
            logger: log.logger,
            effects: RecordingEffects()
        )
        return try JSONValue(parsing: JSON.JSONEncoder().encode(await task.run(arguments, context)))
    }

    func cleanupExpiredTokens() async throws -> JSONValue {
        try await run(CleanupExpiredTokens(services: services), .init())
    }

    func autoExpire() async throws -> JSONValue {
        try await run(AutoExpireRecordings(services: services), .init())
    }

    func cleanupFiles() async throws -> JSONValue {
        try await run(CleanupRecordingFiles(services: services), .init())
    }

    func hardDelete() async throws -> JSONValue {
        try await run(HardDeleteRecordings(services: services), .init())
    }

    func cleanupTemp(_ maxAgeHours: Double? = nil) async throws -> JSONValue {
        try await run(CleanupTempFiles(services: services), .init(maxAgeHours: maxAgeHours))
    }

    func resetStale(_ staleHours: Double? = nil) async throws -> JSONValue {
        try await run(ResetStaleActiveRecordings(services: services), .init(staleHours: staleHours))
    }

    /// Each task, by the lock that it takes.
    func run(_ lock: MaintenanceLock) async throws -> JSONValue {
        switch lock {
        case .cleanupExpiredTokens: try await cleanupExpiredTokens()
        case .autoExpireRecordings: try await autoExpire()
        case .cleanupRecordingFiles: try await cleanupFiles()
        case .hardDeleteRecordings: try await hardDelete()
        case .cleanupTempFiles: try await cleanupTemp()
        case .resetStaleActiveRecordings: try await resetStale()
        }
    }

    // MARK: Rows

    func execute(_ script: String) async throws {
        try await client.withConnection { try await $0.execute(script: script) }
    }

    func addUser(_ id: String, settings: String? = nil) async throws {
        try await client.query(
            "INSERT INTO users (id, email) VALUES ($1, $2)",
            [.text(id), .text("\(id)@example.org")]
        )
        guard let settings else { return }
        try await client.query(
            "INSERT INTO user_configs (user_id, config_data) VALUES ($1, $2)",
            [.text(id), .json(Array(settings.utf8))]
        )
    }

    /// Inserts a recording.
    ///
    /// - Parameter columns: SQL expressions by column.
    func addRecording(_ columns: KeyValuePairs<String, String>, owner: String = userID) async throws -> Int {
        let names = columns.map { ", \($0.key)" }.joined()
        let values = columns.map { ", \($0.value)" }.joined()
        let inserted = try await client.query(
            """
            INSERT INTO recordings (user_id, display_name, start_time\(names))
            VALUES ($1, 'Lecture', now()\(values)) RETURNING id
            """,
            [.text(owner)]
        )
        return try #require(inserted.rows.first).decode("id")
    }

    /// One value of a recording's row as text; `nil` for NULL.
    func value(_ expression: String, of id: Int) async throws -> String? {
        let found = try await client.query(
            "SELECT (\(expression))::text AS value FROM recordings WHERE id = $1",
            [.integer(id)]
        )
        return try #require(found.rows.first).decodeIfPresent("value")
    }

    func count(_ table: String, where condition: String = "true") async throws -> Int {
        let found = try await client.query("SELECT count(*) AS n FROM \(table) WHERE \(condition)")
        return try #require(found.rows.first).decode("n")
    }

    func advisoryLocksHeld() async throws -> Int {
        try await count(
            "pg_locks",
            where: "locktype = 'advisory' AND classid = \(MaintenanceLock.space) AND granted"
                + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    }

    // MARK: Files

    func absolute(_ path: String) -> String { "\(root)/\(path)" }

    /// Whether something is there, a link among it, wherever that leads.
    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(absolute(path), &status) == 0
    }

    func write(_ path: String, bytes: Int = 3, hoursOld: Double = 0) throws {
        let file = URL(filePath: absolute(path))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(),
            withIntermediateDirectories: true
        )
        try Data(repeating: 1, count: bytes).write(to: file)
        guard hoursOld > 0 else { return }
        try FileManager.default.setAttributes(
            [.modificationDate: Date.now.addingTimeInterval(-hoursOld * 3600)],
            ofItemAtPath: file.path
        )
    }

    func makeFolder(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: absolute(path), withIntermediateDirectories: true)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: absolute(path))
    }

    func link(_ path: String, to target: String) {
        #expect(symlink(target, absolute(path)) == 0)
    }

    /// How many plain files are in a folder and below.
    func plainFiles(_ path: String) throws -> Int {
        try FileManager.default.subpathsOfDirectory(atPath: absolute(path)).filter {
            var isFolder = false
            return FileManager.default.fileExists(atPath: absolute("\(path)/\($0)"), isDirectory: &isFolder)
                && !isFolder
        }.count
    }
}

/// Keeps the lines of a log.
final class RecordedLog: LogHandler {
    private let entries = Lock<[String]>([])

    /// `level message`, in order.
    var lines: [String] { entries.withLock { $0 } }

    var logger: Logger {
        var logger = Logger(label: "test") { _ in self }
        logger.logLevel = .trace
        return logger
    }

    func log(event: LogEvent) {
        entries.withLock { $0.append("\(event.level) \(event.message)") }
    }

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { nil }
        set {}
    }
    var metadata: Logger.Metadata {
        get { [:] }
        set {}
    }
    var logLevel: Logger.Level {
        get { .trace }
        set {}
    }
}

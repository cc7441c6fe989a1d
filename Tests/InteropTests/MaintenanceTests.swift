import Foundation
import JSON
import Testing

/// The stock worker's maintenance tasks, called by Python, on a database and files of their own.
@Suite struct MaintenanceTests {
    /// One row or file for each task.
    private static let rows = """
        INSERT INTO users (id, email) VALUES ('ann', 'ann@example.org');
        INSERT INTO refresh_tokens (user_id, token, expires_at) VALUES ('ann', 't', now() - interval '1 hour');
        INSERT INTO recordings (user_id, display_name, start_time, expire_at)
            VALUES ('ann', 'expired', now(), now() - interval '1 hour');
        INSERT INTO recordings (user_id, display_name, start_time, delete_state, soft_deleted_at, local_video_path)
            VALUES ('ann', 'soft', now(), 'soft', now() - interval '1 hour', 'storage/users/source.mp4');
        INSERT INTO recordings (user_id, display_name, start_time, delete_state, hard_delete_at)
            VALUES ('ann', 'hard', now(), 'hard', now() - interval '1 hour');
        INSERT INTO recordings (user_id, display_name, start_time, status, on_air, pipeline_started_at)
            VALUES ('ann', 'stale', now(), 'PROCESSING', true, now() - interval '100 minutes');
        """

    private static func results(count: Int) -> JSONValue {
        let count = JSONValue.integer(Int64(count))
        func text(_ before: String, _ after: String) -> JSONValue { .string("\(before)\(count.integer ?? 0)\(after)") }
        return [
            [
                "status": "success", "deleted_tokens": count, "message": text("", " expired refresh tokens deleted"),
            ],
            [
                "status": "success", "expired": count, "errors_count": 0, "errors": [],
                "message": text("", " recordings expired"),
            ],
            [
                "status": "success", "files_cleaned": count, "errors_count": 0, "errors": [],
                "message": text("Files of ", " recordings removed"),
            ],
            [
                "status": "success", "hard_deleted": count, "errors_count": 0, "errors": [],
                "message": text("", " recordings removed"),
            ],
            ["status": "success", "deleted": count, "errors": []],
            ["status": "success", "reset": count],
        ]
    }

    @Test(.timeLimit(.minutes(3)))
    func pythonCallsEveryTaskThroughBothQueues() async throws {
        let environment = try TestEnvironment()
        let root = FileManager.default.temporaryDirectory.appending(path: TestEnvironment.unique("maintenance"))
        defer { try? FileManager.default.removeItem(at: root) }
        for (file, age) in [("storage/users/source.mp4", 0.0), ("storage/temp/old", 5400), ("storage/temp/young", 0)] {
            let url = root.appending(path: file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
            try Data("x".utf8).write(to: url)
            try FileManager.default.setAttributes(
                [.modificationDate: Date.now.addingTimeInterval(-age)],
                ofItemAtPath: url.path
            )
        }
        try await environment.withDatabase { database in
            try await environment.psql(database, Self.rows)
            try await environment.withQueue("async_operations") { asynchronous in
                try await environment.withQueue("maintenance") { maintenance in
                    let worker = try ChildProcess(
                        environment.stockWorker,
                        ["-Q", "\(asynchronous),\(maintenance)", "-P", "threads", "-c", "2", "-l", "INFO"],
                        environment: [
                            "CELERY_BROKER_URL": environment.broker, "CELERY_RESULT_BACKEND": "rpc://",
                            "DATABASE_URL": database, "ZOOMUPLOADER_STORAGE_ROOT": root.path,
                        ]
                    )
                    try await worker.wait(for: " ready.")
                    for (queue, count) in [(asynchronous, 1), (maintenance, 0)] {
                        let output = try await ChildProcess.run(
                            environment.python57,
                            ["maintenance.py", "--broker", environment.broker, "--queue", queue],
                            within: .seconds(60)
                        )
                        #expect(try JSONDocument(Array(output.utf8)).root.value == Self.results(count: count))
                    }
                    #expect(try await worker.stop() == 0, "\(worker.tail)")
                }
            }
        }
        let left = try FileManager.default.subpathsOfDirectory(atPath: root.path).sorted()
        #expect(left == ["storage", "storage/temp", "storage/temp/young", "storage/users"])
    }
}

extension TestEnvironment {
    /// Runs a body with the URL of a database of its own, with the application's tables, which is dropped on both
    /// paths.
    fileprivate func withDatabase(_ body: (String) async throws -> Void) async throws {
        let name = Self.unique("interop").replacing("-", with: "_")
        var url = try #require(URLComponents(string: postgres))
        url.path = "/\(name)"
        let database = try #require(url.string)
        try await psql(postgres, "CREATE DATABASE \(name) TEMPLATE template0")
        do {
            let migrate = Self.repository.appending(path: "scripts/migrate").path
            try await ChildProcess.run(migrate, [database], within: .seconds(60))
            try await body(database)
        } catch {
            _ = try? await psql(postgres, "DROP DATABASE \(name) WITH (FORCE)")
            throw error
        }
        try await drop(name, from: postgres)
    }

    /// The server's own cleaner may be busy in the database; only a superuser could end that by force.
    private func drop(_ name: String, from postgres: String) async throws {
        for _ in 0..<20 {
            do { return try await psql(postgres, "DROP DATABASE \(name) WITH (FORCE)") } catch {
                try await Task.sleep(for: .milliseconds(500))
            }
        }
        try await psql(postgres, "DROP DATABASE \(name) WITH (FORCE)")
    }

    fileprivate func psql(_ url: String, _ statements: String) async throws {
        try await ChildProcess.run(
            "/usr/bin/env",
            ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", statements],
            within: .seconds(60)
        )
    }
}

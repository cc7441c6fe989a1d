import JSON
import Postgres
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("What all tasks do", .timeLimit(.minutes(2)))
    struct MaintenanceLockTests {
        static let emptyResults: [MaintenanceLock: JSONValue] = [
            .cleanupExpiredTokens: [
                "status": "success", "deleted_tokens": 0, "message": "0 expired refresh tokens deleted",
            ],
            .autoExpireRecordings: [
                "status": "success", "expired": 0, "errors_count": 0, "errors": [], "message": "0 recordings expired",
            ],
            .cleanupRecordingFiles: [
                "status": "success", "files_cleaned": 0, "errors_count": 0, "errors": [],
                "message": "Files of 0 recordings removed",
            ],
            .hardDeleteRecordings: [
                "status": "success", "hard_deleted": 0, "errors_count": 0, "errors": [],
                "message": "0 recordings removed",
            ],
            .cleanupTempFiles: [
                "status": "success", "deleted": 0, "errors": [], "message": "There is no folder for temporary files",
            ],
            .resetStaleActiveRecordings: ["status": "success", "reset": 0],
        ]

        @Test("An empty database is no work, and no lock stays")
        func emptyDatabase() async throws {
            try await MaintenanceFixture.with { fixture async throws in
                for lock in MaintenanceLock.allCases {
                    #expect(try await fixture.run(lock) == Self.emptyResults[lock])
                }
                #expect(try await fixture.advisoryLocksHeld() == 0)
            }
        }

        @Test("While another machine holds the lock nothing is done, and that is said")
        func lockTaken() async throws {
            try await MaintenanceFixture.with { fixture in
                for lock in MaintenanceLock.allCases {
                    try await fixture.client.withConnection { other in
                        let held = try await other.withAdvisoryLock(lock.key) { _ in
                            try await Self.expectSkipped(lock, fixture)
                            return true
                        }
                        #expect(held == true)
                    }
                    #expect(try await fixture.run(lock) == Self.emptyResults[lock])
                }
            }
        }

        private static func expectSkipped(_ lock: MaintenanceLock, _ fixture: MaintenanceFixture) async throws {
            let before = fixture.log.lines.count
            let result = try await fixture.run(lock)
            #expect(result == ["status": "skipped", "reason": "Another run of this task is in progress"])
            #expect(
                fixture.log.lines.dropFirst(before) == [
                    "info Nothing done: another run of the task holds its lock (1515147085, \(lock.rawValue))"
                ]
            )
            // The locks of the others are free.
            for free in MaintenanceLock.allCases where free != lock {
                #expect(try await fixture.run(free) == emptyResults[free])
            }
        }

        @Test("Of two runs at the same time one works, the other skips")
        func twoRuns() async throws {
            try await MaintenanceFixture.with { fixture in
                let id = try await fixture.addRecording(["expire_at": "now() - interval '1 hour'"])
                // The first run stays inside its work for as long as the test holds 99.
                try await fixture.execute(
                    """
                    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        PERFORM pg_advisory_xact_lock(99);
                        RETURN NULL;
                    END $$;
                    CREATE TRIGGER wait AFTER UPDATE ON recordings FOR EACH STATEMENT EXECUTE FUNCTION wait();
                    """
                )
                try await fixture.client.withConnection { holder in
                    try await holder.query("SELECT pg_advisory_lock(99)")
                    async let first = fixture.autoExpire()
                    try await eventually("the first run's work") {
                        try await fixture.count("pg_locks", where: "locktype = 'advisory' AND NOT granted") == 1
                    }
                    #expect(try await fixture.autoExpire()["status"] == "skipped")
                    try await holder.query("SELECT pg_advisory_unlock(99)")
                    #expect(try await first["expired"] == 1)
                }
                #expect(try await fixture.value("delete_state", of: id) == "soft")
                #expect(try await fixture.advisoryLocksHeld() == 0)
            }
        }

        @Test("Without a database, or with one that is gone, the result says why; the task doesn't fail")
        func noDatabase() async throws {
            try await MaintenanceFixture.with { fixture in
                for database: Result<PostgresConfiguration, ZoomUploaderError> in [
                    ZoomUploaderConfiguration(environment: [:]).database,
                    .success(
                        PostgresConfiguration(host: "127.0.0.1", port: 1, database: "a", user: "b", password: "hush")
                    ),
                ] {
                    var configuration = ZoomUploaderConfiguration(environment: [:])
                    configuration.database = database
                    let result = try await fixture.run(CleanupTempFiles(services: Services(configuration)), .init())
                    #expect(result["status"] == "error")
                    let error = try #require(result["error"]?.string)
                    #expect(error.contains("DATABASE_URL") || error.contains("127.0.0.1"), "\(error)")
                    #expect(!error.contains("hush"))
                }
                #expect(fixture.log.lines.filter { $0.hasPrefix("error ") }.count == 2)
            }
        }

        @Test("A cancelled task ends as cancelled, holds nothing, and keeps what was committed")
        func cancellation() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.execute(
                    """
                    INSERT INTO refresh_tokens (user_id, token, expires_at)
                    SELECT '\(MaintenanceFixture.userID)', n::text, now() - interval '1 hour'
                    FROM generate_series(1, 12000) n;
                    -- The second batch waits for what the test holds.
                    CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        IF (SELECT count(*) FROM refresh_tokens) < 7000 THEN PERFORM pg_advisory_xact_lock(99); END IF;
                        RETURN NULL;
                    END $$;
                    CREATE TRIGGER wait AFTER DELETE ON refresh_tokens FOR EACH STATEMENT EXECUTE FUNCTION wait();
                    """
                )
                try await fixture.client.withConnection { holder in
                    try await holder.query("SELECT pg_advisory_lock(99)")
                    let run = Task { try await fixture.cleanupExpiredTokens() }
                    try await eventually("the second batch") {
                        try await fixture.count("pg_locks", where: "locktype = 'advisory' AND NOT granted") == 1
                    }
                    run.cancel()
                    let result = await run.result
                    #expect(throws: CancellationError.self) { try result.get() }
                    #expect(try await fixture.count("refresh_tokens") == 7000)
                    try await holder.query("SELECT pg_advisory_unlock(99)")
                }
                #expect(try await fixture.advisoryLocksHeld() == 0)
                #expect(try await fixture.cleanupExpiredTokens()["deleted_tokens"] == 7000)
            }
        }
    }
}

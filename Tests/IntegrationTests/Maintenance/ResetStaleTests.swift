import JSON
import Postgres
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("Stale pipelines", .timeLimit(.minutes(2)))
    struct ResetStaleTests {
        static func addActive(
            _ status: ProcessingStatus,
            started: String = "now() - interval '3 hours'",
            _ fixture: MaintenanceFixture
        ) async throws -> Int {
            try await fixture.addRecording([
                "status": "'\(status.rawValue)'", "on_air": "true", "pipeline_started_at": started,
                "pipeline_task_id": "'task'", "updated_at": "now() - interval '1 minute'",
            ])
        }

        @Test("Each goes back to where its step began, off the air, and its running stages wait again")
        func statuses() async throws {
            try await MaintenanceFixture.with { fixture in
                var ids: [ProcessingStatus: Int] = [:]
                for status in ProcessingStatus.allCases {
                    let id = try await Self.addActive(status, fixture)
                    ids[status] = id
                    try await fixture.execute(
                        """
                        INSERT INTO processing_stages (recording_id, user_id, stage_type, status, started_at)
                        SELECT \(id), '\(MaintenanceFixture.userID)', stage::processingstagetype,
                            status::processingstagestatus, now()
                        FROM (VALUES ('TRIM', 'COMPLETED'), ('TRANSCRIBE', 'IN_PROGRESS'), ('EXTRACT_TOPICS', 'FAILED'))
                            AS stages (stage, status)
                        """
                    )
                }
                let count = ids.count
                #expect(try await fixture.resetStale() == ["status": "success", "reset": .integer(Int64(count))])
                let row = """
                    concat_ws(' ', status, on_air, pipeline_task_id IS NULL, pipeline_started_at IS NULL,
                        updated_at > now() - interval '50 seconds')
                    """
                for (status, id) in ids {
                    #expect(try await fixture.value(row, of: id) == "\(status.stable.rawValue) f t f t")
                }
                for condition in [
                    "stage_type = 'TRIM' AND status = 'COMPLETED' AND started_at IS NOT NULL",
                    "stage_type = 'TRANSCRIBE' AND status = 'PENDING' AND started_at IS NULL",
                    "stage_type = 'EXTRACT_TOPICS' AND status = 'FAILED' AND started_at IS NOT NULL",
                ] {
                    #expect(try await fixture.count("processing_stages", where: condition) == count)
                }
                #expect(try await fixture.resetStale()["reset"] == 0)
            }
        }

        @Test("Young, never begun, or not on the air: only the stale are reset")
        func ages() async throws {
            try await MaintenanceFixture.with { fixture in
                let young = try await Self.addActive(.processing, started: "now() - interval '110 minutes'", fixture)
                let unknown = try await Self.addActive(.uploading, started: "NULL", fixture)
                let lost = try await Self.addActive(.downloading, started: "NULL", fixture)
                let idle = try await Self.addActive(.processing, fixture)
                try await fixture.execute(
                    """
                    UPDATE recordings SET updated_at = now() - interval '3 hours' WHERE id = \(lost);
                    UPDATE recordings SET on_air = false WHERE id = \(idle);
                    """
                )
                #expect(try await fixture.resetStale()["reset"] == 1)
                for (id, status) in [
                    (young, "PROCESSING"), (unknown, "UPLOADING"), (lost, "INITIALIZED"), (idle, "PROCESSING"),
                ] {
                    #expect(try await fixture.value("status", of: id) == status)
                }
                #expect(
                    fixture.log.lines.contains(
                        "warning Recording \(lost) was on the air for too long and is INITIALIZED again"
                    )
                )
                // 1.8 hours by the caller's choice.
                #expect(try await fixture.resetStale(1.8)["reset"] == 1)
                #expect(try await fixture.value("status", of: young) == "DOWNLOADED")
            }
        }

        @Test("One that somebody works on is not stale; both halves of a reset are one")
        func heldAndFailing() async throws {
            try await MaintenanceFixture.with { fixture in
                let held = try await Self.addActive(.processing, fixture)
                _ = try await Self.addActive(.processing, fixture)
                try await fixture.client.withTransaction { holder in
                    try await holder.query("SELECT 1 FROM recordings WHERE id = $1 FOR UPDATE", [.integer(held)])
                    #expect(try await fixture.resetStale()["reset"] == 1)
                }
                try await fixture.execute(
                    """
                    INSERT INTO processing_stages (recording_id, user_id, stage_type, status)
                    VALUES (\(held), '\(MaintenanceFixture.userID)', 'TRIM', 'IN_PROGRESS');
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
                    CREATE TRIGGER refuse AFTER UPDATE ON recordings FOR EACH ROW EXECUTE FUNCTION refuse();
                    """
                )
                let result = try await fixture.resetStale()
                #expect(result["status"] == "error")
                #expect(result["error"]?.string?.contains("not now") == true)
                #expect(try await fixture.count("processing_stages", where: "status = 'IN_PROGRESS'") == 1)
                #expect(try await fixture.count("recordings", where: "on_air") == 1)
                try await fixture.execute("DROP TRIGGER refuse ON recordings")
                #expect(try await fixture.resetStale()["reset"] == 1)
            }
        }

        @Test("More than a batch")
        func large() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.execute(
                    """
                    INSERT INTO recordings (user_id, display_name, start_time, status, on_air, pipeline_started_at)
                    SELECT '\(MaintenanceFixture.userID)', 'Lecture', now(), 'PROCESSING', true, now() - interval '1 day'
                    FROM generate_series(1, 1001)
                    """
                )
                #expect(try await fixture.resetStale()["reset"] == 1001)
                #expect(try await fixture.count("recordings", where: "on_air OR status <> 'DOWNLOADED'") == 0)
            }
        }
    }
}

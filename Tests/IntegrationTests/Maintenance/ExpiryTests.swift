import JSON
import Postgres
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("Tokens and expiry", .timeLimit(.minutes(2)))
    struct ExpiryTests {
        @Test("Expired tokens go, in batches; others stay, and the next run has nothing to do")
        func tokens() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.execute(
                    """
                    INSERT INTO refresh_tokens (user_id, token, expires_at, is_revoked)
                    SELECT '\(MaintenanceFixture.userID)', n::text,
                        now() + CASE WHEN n <= 10001 THEN interval '-1 second' ELSE interval '1 hour' END, n % 2 = 0
                    FROM generate_series(1, 10011) n
                    """
                )
                #expect(
                    try await fixture.cleanupExpiredTokens() == [
                        "status": "success", "deleted_tokens": 10_001,
                        "message": "10001 expired refresh tokens deleted",
                    ]
                )
                #expect(try await fixture.count("refresh_tokens") == 10)
                #expect(try await fixture.count("refresh_tokens", where: "expires_at < now()") == 0)
                #expect(try await fixture.cleanupExpiredTokens()["deleted_tokens"] == 0)
            }
        }

        @Test("A token that somebody holds is left to the next night")
        func heldToken() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.execute(
                    """
                    INSERT INTO refresh_tokens (user_id, token, expires_at)
                    SELECT '\(MaintenanceFixture.userID)', n::text, now() - interval '1 hour' FROM generate_series(1, 3) n
                    """
                )
                try await fixture.client.withTransaction { holder in
                    try await holder.query("SELECT 1 FROM refresh_tokens WHERE token = '2' FOR UPDATE")
                    #expect(try await fixture.cleanupExpiredTokens()["deleted_tokens"] == 2)
                }
                #expect(try await fixture.cleanupExpiredTokens()["deleted_tokens"] == 1)
            }
        }

        @Test("What is past its time is deleted softly, with dates by its owner's retention")
        func expiry() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.addUser(
                    "patient",
                    settings: #"{"retention": {"soft_delete_days": 0.5}, "other": null}"#
                )
                let past = "now() - interval '1 minute'"
                let usual = try await fixture.addRecording(["expire_at": past, "local_video_path": "'storage/users/a'"])
                let patient = try await fixture.addRecording(["expire_at": past], owner: "patient")
                let later = try await fixture.addRecording(["expire_at": "now() + interval '1 minute'"])
                let never = try await fixture.addRecording(["status": "'READY'"])
                let deleted = try await fixture.addRecording(["expire_at": past, "deleted": "true"])

                #expect(
                    try await fixture.autoExpire() == [
                        "status": "success", "expired": 2, "errors_count": 0, "errors": [],
                        "message": "2 recordings expired",
                    ]
                )
                for (id, soft, hard) in [(usual, "3 days", "33 days"), (patient, "12:00:00", "30 days 12:00:00")] {
                    let row = """
                        concat_ws(' ', deleted, delete_state, deletion_reason, deleted_at = updated_at,
                            deleted_at > created_at, expire_at IS NULL, status)
                        """
                    #expect(try await fixture.value(row, of: id) == "t soft expired t t t INITIALIZED")
                    #expect(try await fixture.value("soft_deleted_at - deleted_at", of: id) == soft)
                    #expect(try await fixture.value("hard_delete_at - deleted_at", of: id) == hard)
                }
                #expect(try await fixture.value("local_video_path", of: usual) == "storage/users/a")
                for id in [later, never] { #expect(try await fixture.value("delete_state", of: id) == "active") }
                #expect(try await fixture.value("expire_at IS NOT NULL", of: deleted) == "true")
                #expect(try await fixture.autoExpire()["expired"] == 0)
            }
        }

        @Test("A recording that is given more time, or held, at that moment stays")
        func heldRecording() async throws {
            try await MaintenanceFixture.with { fixture in
                let held = try await fixture.addRecording(["expire_at": "now() - interval '1 hour'"])
                _ = try await fixture.addRecording(["expire_at": "now() - interval '1 hour'"])
                try await fixture.client.withTransaction { holder in
                    try await holder.query(
                        "UPDATE recordings SET expire_at = now() + interval '1 day' WHERE id = $1",
                        [.integer(held)]
                    )
                    let result = try await fixture.autoExpire()
                    #expect(result["expired"] == 1)
                    // It didn't wait for the other.
                    #expect(result["errors_count"] == 0)
                }
                #expect(try await fixture.autoExpire()["expired"] == 0)
                #expect(try await fixture.value("deleted", of: held) == "false")
            }
        }

        @Test("Settings that can't be used are errors of their owner's recordings only")
        func oddSettings() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.addUser("odd", settings: #"{"retention": {"hard_delete_days": null}}"#)
                let past = "now() - interval '1 minute'"
                let odd = try await fixture.addRecording(["expire_at": past], owner: "odd")
                let usual = try await fixture.addRecording(["expire_at": past])
                for expired in [1, 0] {
                    let result = try await fixture.autoExpire()
                    #expect(result["status"] == "partial_success")
                    #expect(result["expired"] == .integer(Int64(expired)))
                    #expect(
                        result["errors"] == [
                            .string(
                                "Recording \(odd) can't be expired: "
                                    + "retention.hard_delete_days must be a number of days, from 0 to 36500"
                            )
                        ]
                    )
                }
                #expect(try await fixture.value("delete_state", of: usual) == "soft")
                #expect(try await fixture.value("deleted", of: odd) == "false")
                try await fixture.execute("UPDATE user_configs SET config_data = '{}'")
                #expect(try await fixture.autoExpire()["expired"] == 1)
            }
        }

        @Test("A row that the database refuses costs only itself; a batch of errors doesn't stop those behind it")
        func largeWithRefusals() async throws {
            try await MaintenanceFixture.with { fixture in
                // The oldest 600 belong to somebody whose settings are odd: more than a batch.
                try await fixture.addUser("odd", settings: #"{"retention": 7}"#)
                try await fixture.execute(
                    """
                    INSERT INTO recordings (user_id, display_name, start_time, expire_at)
                    SELECT CASE WHEN n <= 600 THEN 'odd' ELSE '\(MaintenanceFixture.userID)' END, n::text, now(),
                        now() - interval '1 day' + n * interval '1 second'
                    FROM generate_series(1, 2000) n;
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        IF NEW.display_name IN ('700', '1999') THEN RAISE 'not this one'; END IF;
                        RETURN NEW;
                    END $$;
                    CREATE TRIGGER refuse BEFORE UPDATE ON recordings FOR EACH ROW EXECUTE FUNCTION refuse();
                    """
                )
                let result = try await fixture.autoExpire()
                #expect(result["expired"] == 1398)
                #expect(result["errors_count"] == 602)
                #expect(result["errors"]?.array?.count == 10)
                #expect(fixture.log.lines.filter { $0.hasPrefix("error ") }.count == 10)
                #expect(fixture.log.lines.last == "warning 1398 recordings expired, 602 errors")
                #expect(try await fixture.count("recordings", where: "deleted") == 1398)
                try await fixture.execute("DROP TRIGGER refuse ON recordings")
                #expect(try await fixture.autoExpire()["expired"] == 2)
            }
        }
    }
}

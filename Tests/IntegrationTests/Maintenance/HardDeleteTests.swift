import JSON
import Postgres
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("The end of recordings", .timeLimit(.minutes(2)))
    struct HardDeleteTests {
        static let folder = "storage/users/user_000001/recordings"

        /// A recording whose last day is over, cleaned already, with its transcriptions and its dependants.
        static func addDue(_ fixture: MaintenanceFixture) async throws -> Int {
            let id = try await fixture.addRecording([
                "deleted": "true", "delete_state": "'hard'", "hard_delete_at": "now() - interval '1 minute'",
            ])
            for file in ["master.json", "cache/words.txt"] {
                try fixture.write("\(folder)/\(id)/transcriptions/\(file)")
            }
            try await fixture.execute(
                """
                UPDATE recordings SET transcription_dir = '\(folder)/\(id)/transcriptions' WHERE id = \(id);
                INSERT INTO processing_stages (recording_id, user_id, stage_type)
                    VALUES (\(id), '\(MaintenanceFixture.userID)', 'TRIM');
                INSERT INTO output_targets (recording_id, user_id, target_type)
                    VALUES (\(id), '\(MaintenanceFixture.userID)', 'YOUTUBE');
                INSERT INTO source_metadata (recording_id, user_id, source_type, source_key)
                    VALUES (\(id), '\(MaintenanceFixture.userID)', 'ZOOM', 'k');
                """
            )
            return id
        }

        @Test("Row, dependants, transcriptions and left media go; what isn't due stays")
        func whole() async throws {
            try await MaintenanceFixture.with { fixture in
                let cleaned = try await Self.addDue(fixture)
                let uncleaned = try await Self.addDue(fixture)
                let later = try await Self.addDue(fixture)
                let dateless = try await fixture.addRecording(["delete_state": "'soft'"])
                try fixture.write("\(Self.folder)/\(uncleaned)/source.mp4")
                try await fixture.execute(
                    """
                    UPDATE recordings SET delete_state = 'soft', local_video_path = '\(Self.folder)/\(uncleaned)/source.mp4'
                        WHERE id = \(uncleaned);
                    UPDATE recordings SET hard_delete_at = now() + interval '1 hour' WHERE id = \(later);
                    """
                )
                #expect(
                    try await fixture.hardDelete() == [
                        "status": "success", "hard_deleted": 2, "errors_count": 0, "errors": [],
                        "message": "2 recordings removed",
                    ]
                )
                #expect(try await fixture.count("recordings") == 2)
                #expect(try await fixture.count("recordings", where: "id IN (\(later), \(dateless))") == 2)
                for table in ["processing_stages", "output_targets", "source_metadata"] {
                    #expect(try await fixture.count(table) == 1)
                }
                for id in [cleaned, uncleaned] {
                    #expect(!fixture.exists("\(Self.folder)/\(id)/transcriptions"))
                }
                #expect(!fixture.exists("\(Self.folder)/\(uncleaned)/source.mp4"))
                #expect(fixture.exists("\(Self.folder)/\(later)/transcriptions/cache/words.txt"))
                #expect(try await fixture.hardDelete()["hard_deleted"] == 0)
            }
        }

        /// Python would drop the row and leave its files without anybody who knows of them.
        @Test("Files that the row still names go in whatever state it is; missing ones don't matter")
        func anyState() async throws {
            try await MaintenanceFixture.with { fixture in
                for (name, state) in [("1", "active"), ("2", "hard"), ("3", "soft")] {
                    if name != "3" { try fixture.write("\(Self.folder)/\(name)/source.mp4") }
                    _ = try await fixture.addRecording([
                        "delete_state": "'\(state)'", "hard_delete_at": "now() - interval '1 minute'",
                        "local_video_path": "'\(Self.folder)/\(name)/source.mp4'",
                    ])
                }
                #expect(try await fixture.hardDelete()["hard_deleted"] == 3)
                #expect(try await fixture.count("recordings") == 0)
                #expect(try fixture.plainFiles("storage") == 0)
            }
        }

        @Test("Only a folder that is the recording's own goes as a whole, and links in it lead nowhere")
        func folders() async throws {
            try await MaintenanceFixture.with { fixture in
                let linked = try await Self.addDue(fixture)
                try fixture.write("other/precious")
                fixture.link("\(Self.folder)/\(linked)/transcriptions/link", to: "../../../../../../other")
                fixture.link(
                    "\(Self.folder)/\(linked)/transcriptions/cache/link",
                    to: "../../../../../../../other/precious"
                )
                #expect(try await fixture.hardDelete()["hard_deleted"] == 1)
                #expect(!fixture.exists("\(Self.folder)/\(linked)/transcriptions"))
                #expect(fixture.exists("other/precious"))

                try fixture.write("\(Self.folder)/9999/transcriptions/master.json")
                var ids: [Int] = []
                for path in [
                    "storage", "storage/users", "storage/users/user_000001", Self.folder,
                    "\(Self.folder)/9999/transcriptions", "other", "/etc", "storage/../other",
                ] {
                    let id = try await Self.addDue(fixture)
                    ids.append(id)
                    try await fixture.execute("UPDATE recordings SET transcription_dir = '\(path)' WHERE id = \(id)")
                }
                // A link in the folder's place.
                let replaced = try await Self.addDue(fixture)
                ids.append(replaced)
                try fixture.remove("\(Self.folder)/\(replaced)/transcriptions")
                fixture.link("\(Self.folder)/\(replaced)/transcriptions", to: "../../../../../other")

                let result = try await fixture.hardDelete()
                #expect(result["hard_deleted"] == 0)
                #expect(result["errors_count"] == .integer(Int64(ids.count)))
                #expect(try await fixture.count("recordings") == ids.count)
                #expect(fixture.exists("other/precious"))
                #expect(fixture.exists("\(Self.folder)/9999/transcriptions/master.json"))
            }
        }

        @Test("A commit that fails after the files are gone is made good by the next run", arguments: [true, false])
        func failedCommit(losesConnection: Bool) async throws {
            try await MaintenanceFixture.with { fixture in
                let id = try await Self.addDue(fixture)
                try await fixture.execute(
                    """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        \(losesConnection ? "PERFORM pg_terminate_backend(pg_backend_pid());" : "RAISE 'no commit';")
                        RETURN NULL;
                    END $$;
                    CREATE CONSTRAINT TRIGGER refuse AFTER DELETE ON recordings DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION refuse();
                    """
                )
                let result = try await fixture.hardDelete()
                #expect(result["status"] == (losesConnection ? "error" : "partial_success"))
                #expect(!fixture.exists("\(Self.folder)/\(id)/transcriptions"))
                #expect(try await fixture.count("recordings") == 1)
                #expect(try await fixture.count("processing_stages") == 1)
                try await fixture.execute("DROP TRIGGER refuse ON recordings")
                #expect(try await fixture.hardDelete()["hard_deleted"] == 1)
                #expect(try await fixture.count("recordings") == 0)
            }
        }

        @Test("A recording that is restored, or held, at that moment stays with its files")
        func heldRow() async throws {
            try await MaintenanceFixture.with { fixture in
                let held = try await Self.addDue(fixture)
                try await fixture.client.withTransaction { holder in
                    try await holder.query("UPDATE recordings SET hard_delete_at = NULL")
                    let result = try await fixture.hardDelete()
                    #expect(result["hard_deleted"] == 0)
                    // It didn't wait for the other.
                    #expect(result["errors_count"] == 0)
                }
                #expect(try await fixture.hardDelete()["hard_deleted"] == 0)
                #expect(fixture.exists("\(Self.folder)/\(held)/transcriptions/master.json"))
            }
        }

        @Test("More than a batch, all of the same moment")
        func large() async throws {
            try await MaintenanceFixture.with { fixture in
                try await fixture.execute(
                    """
                    INSERT INTO recordings (user_id, display_name, start_time, delete_state, hard_delete_at)
                    SELECT '\(MaintenanceFixture.userID)', 'Lecture', now(), 'hard', now() - interval '1 hour'
                    FROM generate_series(1, 601)
                    """
                )
                #expect(try await fixture.hardDelete()["hard_deleted"] == 601)
                #expect(try await fixture.count("recordings") == 0)
            }
        }
    }
}

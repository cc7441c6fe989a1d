import JSON
import Postgres
import Testing

@testable import ZoomUploader

extension MaintenanceTests {
    @Suite("Files of deleted recordings", .timeLimit(.minutes(2)))
    struct CleanupFilesTests {
        static let past = "now() - interval '1 minute'"

        /// A softly deleted recording whose files are due, with its files.
        static func addDue(_ name: String, _ fixture: MaintenanceFixture) async throws -> Int {
            let folder = "storage/users/user_000001/recordings/\(name)"
            for file in ["source.mp4", "video.mp4", "audio.mp3", "transcriptions/master.json"] {
                try fixture.write("\(folder)/\(file)")
            }
            return try await fixture.addRecording([
                "deleted": "true", "delete_state": "'soft'", "soft_deleted_at": past,
                "local_video_path": "'\(folder)/source.mp4'", "processed_video_path": "'\(folder)/video.mp4'",
                "processed_audio_path": "'\(folder)/audio.mp3'", "transcription_dir": "'\(folder)/transcriptions'",
            ])
        }

        static let cleaned =
            "delete_state = 'hard' AND local_video_path IS NULL AND processed_video_path IS NULL"
            + " AND processed_audio_path IS NULL AND transcription_dir IS NOT NULL AND updated_at > created_at"

        @Test("Videos and audio go, transcriptions stay, the row says so")
        func files() async throws {
            try await MaintenanceFixture.with { fixture in
                let due = try await Self.addDue("due", fixture)
                let later = try await Self.addDue("later", fixture)
                let active = try await Self.addDue("active", fixture)
                let done = try await Self.addDue("done", fixture)
                try await fixture.execute(
                    """
                    UPDATE recordings SET soft_deleted_at = now() + interval '1 hour' WHERE id = \(later);
                    UPDATE recordings SET delete_state = 'active', deleted = false WHERE id = \(active);
                    UPDATE recordings SET delete_state = 'hard' WHERE id = \(done);
                    """
                )
                let expected: JSONValue = [
                    "status": "success", "files_cleaned": 1, "errors_count": 0, "errors": [],
                    "message": "Files of 1 recordings removed",
                ]
                #expect(try await fixture.cleanupFiles() == expected)
                let folder = "storage/users/user_000001/recordings"
                for file in ["source.mp4", "video.mp4", "audio.mp3"] {
                    #expect(!fixture.exists("\(folder)/due/\(file)"))
                    for other in ["later", "active", "done"] { #expect(fixture.exists("\(folder)/\(other)/\(file)")) }
                }
                #expect(fixture.exists("\(folder)/due/transcriptions/master.json"))
                #expect(try await fixture.value(Self.cleaned, of: due) == "true")
                #expect(try await fixture.value("delete_state", of: later) == "soft")
                #expect(fixture.log.lines.contains("debug Files of recording \(due) removed, 9 bytes"))
                #expect(try await fixture.cleanupFiles()["files_cleaned"] == 0)
            }
        }

        @Test("Absolute paths below the root serve as well, and one file may be named twice")
        func pathForms() async throws {
            try await MaintenanceFixture.with { fixture in
                let path = "storage/users/user_000001/recordings/1/source.mp4"
                try fixture.write(path)
                let id = try await fixture.addRecording([
                    "delete_state": "'soft'", "soft_deleted_at": Self.past,
                    "local_video_path": "'\(fixture.root)/\(path)'", "processed_video_path": "'\(path)'",
                    "processed_audio_path": "''",
                ])
                #expect(try await fixture.cleanupFiles()["files_cleaned"] == 1)
                #expect(!fixture.exists(path))
                #expect(try await fixture.value("delete_state", of: id) == "hard")
            }
        }

        @Test("Without a date, or without a file's name, a recording stays soft; a missing date is warned of")
        func undated() async throws {
            try await MaintenanceFixture.with { fixture in
                let undated = try await Self.addDue("undated", fixture)
                try await fixture.execute("UPDATE recordings SET soft_deleted_at = NULL")
                let nameless = try await fixture.addRecording(["delete_state": "'soft'", "soft_deleted_at": Self.past])
                let result = try await fixture.cleanupFiles()
                #expect(result["files_cleaned"] == 0)
                #expect(result["status"] == "success")
                for id in [undated, nameless] { #expect(try await fixture.value("delete_state", of: id) == "soft") }
                #expect(
                    fixture.log.lines.contains(
                        "warning Recordings \(undated) are deleted softly but have no soft_deleted_at: their files stay"
                    )
                )
            }
        }

        @Test("Missing files are taken for removed where their folder is, and for unknown where it isn't")
        func missingFiles() async throws {
            try await MaintenanceFixture.with { fixture in
                let gone = try await Self.addDue("gone", fixture)
                let unknown = try await Self.addDue("unknown", fixture)
                let folder = "storage/users/user_000001/recordings"
                for file in ["source.mp4", "video.mp4", "audio.mp3"] { try fixture.remove("\(folder)/gone/\(file)") }
                try fixture.remove("\(folder)/unknown")
                let result = try await fixture.cleanupFiles()
                #expect(result["files_cleaned"] == 1)
                #expect(result["status"] == "success")
                #expect(try await fixture.value(Self.cleaned, of: gone) == "true")
                #expect(try await fixture.value("delete_state", of: unknown) == "soft")
                #expect(try await fixture.value("local_video_path IS NOT NULL", of: unknown) == "true")
                #expect(fixture.log.lines.contains { $0.hasPrefix("warning 1 recordings stay as they are") })
            }
        }

        @Test("Storage that isn't mounted ends the run, and no row is touched", arguments: [false, true])
        func notMounted(isThere: Bool) async throws {
            try await MaintenanceFixture.with { fixture in
                let id = try await Self.addDue("due", fixture)
                try fixture.remove("storage")
                if isThere { try fixture.makeFolder("storage") }
                let expected =
                    "\(fixture.root)/storage is missing or empty: mount the storage, or set"
                    + " ZOOMUPLOADER_STORAGE_ROOT to the folder it is in"
                let result = try await fixture.cleanupFiles()
                #expect(result == ["status": "error", "error": .string(expected)])
                #expect(try await fixture.value("delete_state", of: id) == "soft")
                try await fixture.execute(
                    "UPDATE recordings SET hard_delete_at = now() - interval '1 hour', transcription_dir = NULL"
                )
                #expect(try await fixture.hardDelete()["status"] == "error")
                #expect(try await fixture.count("recordings") == 1)
            }
        }

        @Test("A file that can't be removed keeps its row for the next run, and the others go on")
        func stubbornFile() async throws {
            try await MaintenanceFixture.with { fixture in
                let stubborn = try await Self.addDue("1", fixture)
                let usual = try await Self.addDue("2", fixture)
                let video = "storage/users/user_000001/recordings/1/video.mp4"
                try fixture.remove(video)
                try fixture.write("\(video)/not-a-file")
                let result = try await fixture.cleanupFiles()
                #expect(result["status"] == "partial_success")
                #expect(result["files_cleaned"] == 1)
                #expect(result["errors_count"] == 1)
                let error =
                    "Files of recording \(stubborn) can't be removed: remove users/user_000001/recordings/1/video.mp4:"
                #expect(result["errors"]?.array?.first?.string == "\(error) Is a directory")
                #expect(try await fixture.value("delete_state", of: usual) == "hard")
                #expect(try await fixture.value("delete_state", of: stubborn) == "soft")
                #expect(
                    try await fixture.value("num_nonnulls(local_video_path, processed_video_path)", of: stubborn) == "2"
                )

                try fixture.remove(video)
                #expect(try await fixture.cleanupFiles()["files_cleaned"] == 1)
                #expect(try await fixture.value(Self.cleaned, of: stubborn) == "true")
            }
        }

        @Test("A commit that fails after the files are gone is made good by the next run", arguments: [true, false])
        func failedCommit(losesConnection: Bool) async throws {
            try await MaintenanceFixture.with { fixture in
                let id = try await Self.addDue("1", fixture)
                try await fixture.execute(
                    """
                    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                        \(losesConnection ? "PERFORM pg_terminate_backend(pg_backend_pid());" : "RAISE 'no commit';")
                        RETURN NULL;
                    END $$;
                    CREATE CONSTRAINT TRIGGER refuse AFTER UPDATE ON recordings DEFERRABLE INITIALLY DEFERRED
                        FOR EACH ROW EXECUTE FUNCTION refuse();
                    """
                )
                let result = try await fixture.cleanupFiles()
                #expect(result["status"] == (losesConnection ? "error" : "partial_success"))
                #expect(!fixture.exists("storage/users/user_000001/recordings/1/source.mp4"))
                #expect(try await fixture.value("delete_state", of: id) == "soft")
                #expect(try await fixture.advisoryLocksHeld() == 0)
                try await fixture.execute("DROP TRIGGER refuse ON recordings")
                #expect(try await fixture.cleanupFiles()["files_cleaned"] == 1)
                #expect(try await fixture.value(Self.cleaned, of: id) == "true")
            }
        }

        @Test("Nothing outside of the storage folder goes, whatever a row says and whatever lies in the storage")
        func escapes() async throws {
            try await MaintenanceFixture.with { fixture in
                try fixture.write("config/creds.json")
                try fixture.write("other/precious.mp4")
                try fixture.write("storage/users/user_000001/recordings/7/source.mp4")
                fixture.link("storage/users/way-out", to: "../../other")
                fixture.link("storage/users/user_000001/recordings/7/link.mp4", to: "../../../../../other/precious.mp4")
                let refused = [
                    "config/creds.json", "storage/../config/creds.json",
                    "../\(fixture.root.split(separator: "/").last ?? "")"
                        + "/config/creds.json", "\(fixture.root)/other/precious.mp4", "/etc/hostname",
                    "storage/users/way-out/precious.mp4", "storage", "storage/users",
                ]
                var ids: [Int] = []
                for path in refused {
                    ids.append(
                        try await fixture.addRecording([
                            "delete_state": "'soft'", "soft_deleted_at": Self.past, "local_video_path": "'\(path)'",
                        ])
                    )
                }
                let linked = try await fixture.addRecording([
                    "delete_state": "'soft'", "soft_deleted_at": Self.past,
                    "local_video_path": "'storage/users/user_000001/recordings/7/link.mp4'",
                ])
                let result = try await fixture.cleanupFiles()
                #expect(result["errors_count"] == .integer(Int64(refused.count)))
                // The link itself goes.
                #expect(result["files_cleaned"] == 1)
                #expect(!fixture.exists("storage/users/user_000001/recordings/7/link.mp4"))
                #expect(try await fixture.value("delete_state", of: linked) == "hard")
                for id in ids { #expect(try await fixture.value("delete_state", of: id) == "soft") }
                for path in [
                    "config/creds.json", "other/precious.mp4", "storage/users/user_000001/recordings/7/source.mp4",
                ] {
                    #expect(fixture.exists(path))
                }
            }
        }

        @Test("A recording that is restored, or held, at that moment keeps its files")
        func heldRow() async throws {
            try await MaintenanceFixture.with { fixture in
                let held = try await Self.addDue("held", fixture)
                let usual = try await Self.addDue("usual", fixture)
                try await fixture.client.withTransaction { holder in
                    try await holder.query(
                        "UPDATE recordings SET delete_state = 'active' WHERE id = $1",
                        [.integer(held)]
                    )
                    let result = try await fixture.cleanupFiles()
                    #expect(result["files_cleaned"] == 1)
                    // It didn't wait for the other.
                    #expect(result["errors_count"] == 0)
                }
                #expect(try await fixture.value("delete_state", of: held) == "active")
                #expect(fixture.exists("storage/users/user_000001/recordings/held/source.mp4"))
                #expect(try await fixture.value("delete_state", of: usual) == "hard")
            }
        }

        @Test("More than a batch, with errors among them", .timeLimit(.minutes(3)))
        func large() async throws {
            try await MaintenanceFixture.with { fixture in
                let folder = "storage/users/user_000001/recordings"
                for number in 1...601 { try fixture.write("\(folder)/\(number)/source.mp4") }
                try await fixture.execute(
                    """
                    INSERT INTO recordings
                        (user_id, display_name, start_time, delete_state, soft_deleted_at, local_video_path)
                    SELECT '\(MaintenanceFixture.userID)', 'Lecture', now(), 'soft', now() - interval '1 hour',
                        CASE WHEN n % 100 = 0 THEN '../outside' ELSE '\(folder)/' || n || '/source.mp4' END
                    FROM generate_series(1, 601) n
                    """
                )
                let result = try await fixture.cleanupFiles()
                #expect(result["files_cleaned"] == 595)
                #expect(result["errors_count"] == 6)
                #expect(try await fixture.count("recordings", where: "delete_state = 'hard'") == 595)
                #expect(try fixture.plainFiles("storage") == 6)
            }
        }
    }
}

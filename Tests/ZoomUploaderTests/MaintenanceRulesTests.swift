import JSON
import Logging
import Platform
import SwiftWorker
import Testing

@testable import Postgres
@testable import ZoomUploader

@Suite("Maintenance: rules")
struct MaintenanceRulesTests {
    @Test("Recordings are kept as their owner says, else three and thirty days")
    func retention() throws {
        func days(_ user: JSONValue?) throws -> [Double] {
            let settings = try RetentionSettings(user: user)
            return [settings.softDeleteDays, settings.hardDeleteDays]
        }
        #expect(try days(nil) == [3, 30])
        #expect(try days([:]) == [3, 30])
        #expect(try days(["trimming": ["padding_before": 1]]) == [3, 30])
        #expect(try days(["retention": ["soft_delete_days": 7]]) == [7, 30])
        #expect(try days(["retention": ["soft_delete_days": 0, "hard_delete_days": 0.5]]) == [0, 0.5])
    }

    @Test(
        "What is no number of days is an error, never a guess: files go by it",
        arguments: [
            ["retention": .null], ["retention": 3], ["retention": []], ["retention": ["soft_delete_days": .null]],
            ["retention": ["hard_delete_days": "30"]], ["retention": ["hard_delete_days": -1]],
            ["retention": ["soft_delete_days": 36_501]], ["retention": ["soft_delete_days": .double(.nan)]],
            ["retention": ["soft_delete_days": true]], [], "text",
        ] as [JSONValue]
    )
    func oddRetention(user: JSONValue) {
        let error = #expect(throws: ZoomUploaderError.self) { try RetentionSettings(user: user) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains("retention") == true)
    }

    @Test("A number of hours is from nothing to a hundred years")
    func ages() throws {
        for hours in [0, 0.5, 6, 876_000] { #expect(try MaintenanceAge(hours: hours, argument: "h").hours == hours) }
        for hours in [-0.1, 876_001, .infinity, .nan] {
            let error = #expect(throws: ZoomUploaderError.self) { try MaintenanceAge(hours: hours, argument: "stale") }
            #expect(error?.message == "stale must be a number of hours, from 0 to 876000")
        }
    }

    @Test("A lost pipeline's recording stands where that step began; others stay")
    func stableStatus() {
        let changed = ProcessingStatus.allCases.filter { $0.stable != $0 }
        #expect(changed == [.downloading, .processing, .uploading])
        #expect(changed.map(\.stable) == [.initialized, .downloaded, .processed])
        #expect(changed.allSatisfy { $0.stable.stable == $0.stable })
    }

    /// Workers of other versions mean these locks.
    @Test("A task's lock never changes its number")
    func locks() {
        #expect(
            MaintenanceLock.allCases.map(\.key) == (1...6).map { 1_515_147_085 << 32 | Int64($0) }
        )
        #expect(
            [
                MaintenanceLock.cleanupExpiredTokens, .autoExpireRecordings, .cleanupRecordingFiles,
                .hardDeleteRecordings, .cleanupTempFiles, .resetStaleActiveRecordings,
            ].map(\.rawValue) == [1, 2, 3, 4, 5, 6]
        )
    }

    @Test("Results have Python's members, in its order")
    func results() throws {
        func text(_ result: MaintenanceResult<some Encodable & Sendable>) throws -> String {
            String(decoding: try JSON.JSONEncoder().encode(result), as: UTF8.self)
        }
        typealias Tokens = MaintenanceResult<CleanupExpiredTokens.Report>
        #expect(
            try text(Tokens.finished(.init(deletedTokens: 2, message: "m")))
                == #"{"status": "success", "deleted_tokens": 2, "message": "m"}"#
        )
        #expect(try text(Tokens.skipped(reason: "r")) == #"{"status": "skipped", "reason": "r"}"#)
        #expect(try text(Tokens.failed(error: "e")) == #"{"status": "error", "error": "e"}"#)
        var tally = Tally()
        tally.done = 3
        for (count, name) in [
            (RecordingsReport.Count.expired, "expired"), (.filesCleaned, "files_cleaned"),
            (.hardDeleted, "hard_deleted"),
        ] {
            let report = RecordingsReport(count: count, tally: tally, message: "m")
            let expected = """
                {"status": "success", "\(name)": 3, "errors_count": 0, "errors": [], "message": "m"}
                """
            #expect(try text(MaintenanceResult.finished(report)) == expected)
        }
        #expect(
            try text(MaintenanceResult.finished(CleanupTempFiles.Report(deleted: 1)))
                == #"{"status": "success", "deleted": 1, "errors": []}"#
        )
        #expect(
            try text(MaintenanceResult.finished(ResetStaleActiveRecordings.Report(reset: 4)))
                == #"{"status": "success", "reset": 4}"#
        )
    }

    @Test("Errors are counted all and told ten of; what isn't about one item ends the run")
    func tally() throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var tally = Tally()
        #expect(tally.status == "success")
        let errors: [any Error] = [
            ZoomUploaderError.invalid("odd"), PlatformError("remove a", errno: 13),
            PostgresError(.statementFailed, "no", sqlState: nil), PostgresError(.timedOut, "late"),
        ]
        for error in errors + errors + errors { try tally.fail("Recording 7", error, logger) }
        #expect(tally.status == "partial_success")
        #expect(tally.errorCount == 12)
        #expect(tally.errors.count == 10)
        #expect(tally.errors[0] == "Recording 7: odd")
        #expect(tally.errors[1] == "Recording 7: remove a: Permission denied")
        let final: [any Error] = [
            CancellationError(), PostgresError(.cancelled, "c"), PostgresError(.connectionLost, "c"),
            PostgresError(.connectionFailed, "c"), ZoomUploaderError(.configuration, "no storage"),
        ]
        for error in final { #expect(throws: (any Error).self) { try tally.fail("x", error, logger) } }
        #expect(tally.errorCount == 12)
    }

    @Test("The tasks are registered under their names")
    func registration() {
        let tasks = ZoomUploader.tasks(environment: [:])
        #expect(
            tasks.map { type(of: $0).name } == [
                "api.tasks.processing.trim_video", "maintenance.cleanup_expired_tokens",
                "maintenance.auto_expire_recordings", "maintenance.cleanup_recording_files",
                "maintenance.hard_delete_recordings", "maintenance.cleanup_temp_files",
                "maintenance.reset_stale_active_recordings",
            ]
        )
    }
}

import Logging
import Postgres
import SwiftWorker

/// Removes videos and audio of recordings that were deleted softly and whose respite is over; transcriptions stay:
/// `maintenance.cleanup_recording_files` (application reference, 4.16).
struct CleanupRecordingFiles: WorkerTask {
    static let name = "maintenance.cleanup_recording_files"

    struct Arguments: Decodable {}

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<RecordingsReport> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.cleanupRecordingFiles) { connection in
            try await Self.warnOfMissingDates(connection, run.logger)
            let cutoff = try await connection.cutoff()
            var tally = Tally()
            var outOfReach = 0
            try await Self.backlog.walk(until: cutoff, on: connection) { rows in
                for row in rows {
                    try Task.checkCancellation()
                    let id = try row.decode("id", as: Int.self)
                    do {
                        switch try await clean(id, cutoff, connection) {
                        case .cleaned(let bytes):
                            tally.done += 1
                            run.logger.debug("Files of recording \(id) removed, \(bytes) bytes")
                        case .passedOver: break
                        case .outOfReach: outOfReach += 1
                        }
                    } catch {
                        try tally.fail("Files of recording \(id) can't be removed", error, run.logger)
                    }
                }
            }
            if outOfReach > 0 {
                run.logger.warning(
                    "\(outOfReach) recordings stay as they are: the folders of their files are not there; is the storage mounted?"
                )
            }
            return run.report(.filesCleaned, tally, "Files of \(tally.done) recordings removed")
        }
    }

    /// A row that names no file stays soft, as in Python: there is nothing to remove, and its owner may restore it.
    private static let backlog = Backlog(
        due: "soft_deleted_at",
        condition: """
            r.delete_state = 'soft'
            AND coalesce(r.local_video_path, '') || coalesce(r.processed_video_path, '')
                || coalesce(r.processed_audio_path, '') <> ''
            """
    )

    private enum Outcome {
        case cleaned(bytes: Int)
        /// Restored, cleaned or held by somebody meanwhile.
        case passedOver
        /// Nothing is known of its files.
        case outOfReach
    }

    /// Removes one recording's files and then their names, in one transaction that holds the row: nobody restores it
    /// meanwhile. When it ends halfway, the names are still there for the next run, which takes missing files for
    /// removed.
    private func clean(_ id: Int, _ cutoff: String, _ connection: PostgresConnection) async throws -> Outcome {
        try await connection.withTransaction { connection in
            let found = try await connection.query(
                """
                SELECT \(RecordingFiles.mediaColumns.joined(separator: ", ")) FROM recordings
                WHERE id = $1 AND delete_state = 'soft' AND soft_deleted_at < $2 FOR UPDATE SKIP LOCKED
                """,
                [.integer(id), .text(cutoff)]
            )
            guard let row = found.rows.first else { return .passedOver }
            let files = try RecordingFiles(row, ofRecording: id, withTranscriptions: false, in: services.storage)
            let removal = try files.remove(from: services.storage)
            guard removal.isKnown else { return .outOfReach }
            try await connection.query(
                """
                UPDATE recordings
                SET local_video_path = NULL, processed_video_path = NULL, processed_audio_path = NULL,
                    delete_state = 'hard', updated_at = now()
                WHERE id = $1
                """,
                [.integer(id)]
            )
            return .cleaned(bytes: removal.bytes)
        }
    }

    private static func warnOfMissingDates(_ connection: PostgresConnection, _ logger: Logger) async throws {
        let found = try await connection.query(
            """
            SELECT id FROM recordings WHERE delete_state = 'soft' AND soft_deleted_at IS NULL
            ORDER BY id LIMIT \(Tally.shownErrors + 1)
            """
        )
        guard !found.rows.isEmpty else { return }
        let ids = try found.rows.prefix(Tally.shownErrors).map { try $0.decode("id", as: String.self) }
        let more = found.rows.count > Tally.shownErrors ? " and more" : ""
        logger.warning(
            "Recordings \(ids.joined(separator: ", "))\(more) are deleted softly but have no soft_deleted_at: their files stay"
        )
    }
}

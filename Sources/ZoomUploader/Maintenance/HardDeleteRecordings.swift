import Logging
import Postgres
import SwiftWorker

/// Removes the recordings whose last day is over, with all of their files:
/// `maintenance.hard_delete_recordings` (application reference, 4.16).
struct HardDeleteRecordings: WorkerTask {
    static let name = "maintenance.hard_delete_recordings"

    struct Arguments: Decodable {}

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<RecordingsReport> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.hardDeleteRecordings) { connection in
            let cutoff = try await connection.cutoff()
            var tally = Tally()
            try await Backlog(due: "hard_delete_at").walk(until: cutoff, on: connection) { rows in
                for row in rows {
                    try Task.checkCancellation()
                    let id = try row.decode("id", as: Int.self)
                    do {
                        guard let bytes = try await delete(id, cutoff, connection) else { continue }
                        tally.done += 1
                        run.logger.debug("Recording \(id) removed, \(bytes) bytes of files")
                    } catch {
                        try tally.fail("Recording \(id) can't be removed", error, run.logger)
                    }
                }
            }
            return run.report(.hardDeleted, tally, "\(tally.done) recordings removed")
        }
    }

    /// Removes one recording in one transaction: the row, whose dependants follow it, then the files, and only when
    /// they are gone is the row's end committed. When it ends halfway the row is still there for the next run.
    ///
    /// Files that the row still names are removed whatever its state: without the row nobody would find them. Those
    /// that are missing, or whose folder is, keep nothing.
    ///
    /// - Returns: the bytes of its files; `nil` when it was restored, removed or held by somebody meanwhile.
    private func delete(_ id: Int, _ cutoff: String, _ connection: PostgresConnection) async throws -> Int? {
        try await connection.withTransaction { connection in
            let deleted = try await connection.query(
                """
                DELETE FROM recordings WHERE id = (
                    SELECT id FROM recordings WHERE id = $1 AND hard_delete_at < $2 FOR UPDATE SKIP LOCKED
                )
                RETURNING \((RecordingFiles.mediaColumns + [RecordingFiles.transcriptionsColumn]).joined(separator: ", "))
                """,
                [.integer(id), .text(cutoff)]
            )
            guard let row = deleted.rows.first else { return nil }
            let files = try RecordingFiles(row, ofRecording: id, withTranscriptions: true, in: services.storage)
            return try files.remove(from: services.storage).bytes
        }
    }
}

import Logging
import Postgres
import SwiftWorker

/// Takes recordings off the air whose pipeline began too long ago to be alive, so that it can be started again:
/// `maintenance.reset_stale_active_recordings` (application reference, 4.16).
struct ResetStaleActiveRecordings: WorkerTask {
    static let name = "maintenance.reset_stale_active_recordings"

    struct Arguments: Decodable {
        /// A pipeline that began before this is taken for dead. 2 unless given.
        var staleHours: Double?
    }

    struct Report: Encodable, Sendable, Hashable {
        var status = "success"
        var reset = 0
    }

    /// The most recordings that one transaction resets.
    private static let batchSize = 500

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<Report> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.resetStaleActiveRecordings) { connection in
            let age = try MaintenanceAge(hours: arguments.staleHours ?? 2, argument: "stale_hours")
            let cutoff = try await connection.cutoff(hoursAgo: age.hours)
            var report = Report()
            while true {
                try Task.checkCancellation()
                let rows = try await connection.query(Self.statement, [.text(cutoff)]).rows
                report.reset += rows.count
                for row in rows {
                    let id = try row.decode("id", as: String.self)
                    let status = try row.decode("status", as: String.self)
                    run.logger.warning("Recording \(id) was on the air for too long and is \(status) again")
                }
                guard rows.count == Self.batchSize else { break }
            }
            run.logger.info("\(report.reset) stale recordings reset")
            return report
        }
    }

    /// Stages first, then the recording, both or none. A row that somebody holds right now is not stale.
    private static let statement = """
        WITH stale AS (
            SELECT id FROM recordings
            WHERE on_air AND coalesce(pipeline_started_at, updated_at) < $1
            ORDER BY id LIMIT \(batchSize)
            FOR UPDATE SKIP LOCKED
        ), stages AS (
            UPDATE processing_stages s SET status = 'PENDING', started_at = NULL, updated_at = now()
            FROM stale WHERE s.recording_id = stale.id AND s.status = 'IN_PROGRESS'
        )
        UPDATE recordings r
        SET status = CASE r.status \(rollback) ELSE r.status END, on_air = false, pipeline_task_id = NULL,
            updated_at = now()
        FROM stale WHERE r.id = stale.id
        RETURNING r.id, r.status
        """

    private static let rollback = ProcessingStatus.allCases
        .filter { $0.stable != $0 }
        .map { "WHEN '\($0.rawValue)' THEN '\($0.stable.rawValue)'::processingstatus" }
        .joined(separator: " ")
}

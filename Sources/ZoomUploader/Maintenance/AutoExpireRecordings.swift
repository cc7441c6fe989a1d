import JSON
import Logging
import Postgres
import SwiftWorker

/// Deletes, softly, the recordings whose time is over: `maintenance.auto_expire_recordings` (application reference,
/// 4.16). Files and row go later, by the dates that are set here from the owner's `retention`.
struct AutoExpireRecordings: WorkerTask {
    static let name = "maintenance.auto_expire_recordings"

    struct Arguments: Decodable {}

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<RecordingsReport> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.autoExpireRecordings) { connection in
            let cutoff = try await connection.cutoff()
            var tally = Tally()
            try await Self.backlog.walk(until: cutoff, on: connection) { rows in
                let due = try Self.expiries(rows, &tally, run.logger)
                do {
                    tally.done += try await Self.expire(due, cutoff, connection)
                } catch {
                    guard Tally.concernsOneItem(error) else { throw error }
                    // One of them is at fault; which one, is seen when each has a transaction of its own.
                    for expiry in due {
                        try Task.checkCancellation()
                        do {
                            tally.done += try await Self.expire([expiry], cutoff, connection)
                        } catch {
                            try tally.fail("Recording \(expiry.id) can't be expired", error, run.logger)
                        }
                    }
                }
            }
            return run.report(.expired, tally, "\(tally.done) recordings expired")
        }
    }

    private static let backlog = Backlog(
        due: "expire_at",
        condition: "NOT r.deleted",
        columns: ["r.user_id", "c.config_data"],
        joins: "LEFT JOIN user_configs c ON c.user_id = r.user_id"
    )

    private struct Expiry: Sendable {
        let id: Int
        let retention: RetentionSettings
    }

    /// A batch's recordings with their owners' settings. Those of an owner whose settings can't be used are errors.
    private static func expiries(_ rows: [PostgresRow], _ tally: inout Tally, _ logger: Logger) throws -> [Expiry] {
        var retentions: [String: Result<RetentionSettings, any Error>] = [:]
        var due: [Expiry] = []
        for row in rows {
            let id = try row.decode("id", as: Int.self)
            let owner = try row.decode("user_id", as: String.self)
            let retention = retentions[owner] ?? Result { try RetentionSettings(user: try row.json("config_data")) }
            retentions[owner] = retention
            do {
                due.append(Expiry(id: id, retention: try retention.get()))
            } catch {
                try tally.fail("Recording \(id) can't be expired", error, logger)
            }
        }
        return due
    }

    /// Expires some recordings in one transaction; one that was deleted, given more time or held by somebody meanwhile
    /// is passed over.
    private static func expire(
        _ due: [Expiry],
        _ cutoff: String,
        _ connection: PostgresConnection
    ) async throws -> Int {
        guard !due.isEmpty else { return 0 }
        return try await connection.query(
            """
            WITH free AS (
                SELECT id FROM recordings WHERE id = ANY ($2::int[]) AND NOT deleted AND expire_at < $1
                FOR UPDATE SKIP LOCKED
            )
            UPDATE recordings r
            SET deleted = true, delete_state = 'soft', deletion_reason = 'expired', deleted_at = now(),
                expire_at = NULL, updated_at = now(),
                soft_deleted_at = now() + d.soft * interval '1 day',
                hard_delete_at = now() + (d.soft + d.hard) * interval '1 day'
            FROM unnest($2::int[], $3::float8[], $4::float8[]) AS d (id, soft, hard) JOIN free USING (id)
            WHERE r.id = d.id
            """,
            [
                .text(cutoff),
                .text(list(due.map { "\($0.id)" })),
                .text(list(due.map { "\($0.retention.softDeleteDays)" })),
                .text(list(due.map { "\($0.retention.hardDeleteDays)" })),
            ]
        ).affectedRows
    }

    /// PostgreSQL's text of an array of numbers.
    private static func list(_ numbers: [String]) -> String {
        "{\(numbers.joined(separator: ","))}"
    }
}

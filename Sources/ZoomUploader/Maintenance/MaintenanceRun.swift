import CeleryProtocol
import Logging
import Postgres
import SwiftWorker

/// One run of a maintenance task: what all of them do around their work.
struct MaintenanceRun: Sendable {
    let services: Services
    let context: TaskContext

    var logger: Logger { context.logger }

    /// Does `work` while holding the task's lock, on the connection that holds it: when that is lost the lock is, and
    /// nothing more can be done on it.
    ///
    /// The lock belongs to a session, so the connection must be one: not PgBouncer's transaction pooling.
    ///
    /// - Returns: what the work came to; `skipped` when another run holds the lock; `failed` for any error, as the
    ///   Python tasks catch all of theirs.
    /// - Throws: `CancellationError` only. What was committed until then stays, and the next run goes on from there.
    nonisolated(nonsending) func holding<Report: Encodable & Sendable>(
        _ lock: MaintenanceLock,
        _ work: nonisolated(nonsending) (PostgresConnection) async throws -> Report
    ) async throws -> MaintenanceResult<Report> {
        do {
            let report = try await services.client().withConnection { connection in
                try await connection.withAdvisoryLock(lock.key, work)
            }
            if let report { return .finished(report) }
            logger.info(
                "Nothing done: another run of the task holds its lock (\(MaintenanceLock.space), \(lock.rawValue))"
            )
            return .skipped(reason: "Another run of this task is in progress")
        } catch {
            let isCancelled = error is CancellationError || (error as? PostgresError)?.code == .cancelled
            guard !isCancelled else { throw CancellationError() }
            let text = PythonException(error).str
            logger.error("Maintenance ended early: \(text)")
            return .failed(error: text)
        }
    }
}

extension MaintenanceRun {
    /// The report of a task that goes through recordings, said in the log too.
    func report(_ count: RecordingsReport.Count, _ tally: Tally, _ message: String) -> RecordingsReport {
        if tally.errorCount > 0 {
            logger.warning("\(message), \(tally.errorCount) errors")
        } else {
            logger.info("\(message)")
        }
        return RecordingsReport(count: count, tally: tally, message: message)
    }
}

extension PostgresConnection {
    /// The server's clock, less some hours, in the server's own text: a limit to compare with that doesn't move while
    /// the work goes on, and that is the same for machines whose clocks differ.
    func cutoff(hoursAgo: Double = 0) async throws -> String {
        let found = try await query(
            "SELECT (now() - $1::float8 * interval '1 hour')::text AS cutoff",
            [.double(hoursAgo)]
        )
        guard let row = found.rows.first else { throw ZoomUploaderError.invalid("the database has no clock") }
        return try row.decode("cutoff")
    }
}

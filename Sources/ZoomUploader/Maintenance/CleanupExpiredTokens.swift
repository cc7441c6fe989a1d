import Logging
import Postgres
import SwiftWorker

/// Removes the refresh tokens that have expired: `maintenance.cleanup_expired_tokens` (application reference, 4.16).
struct CleanupExpiredTokens: WorkerTask {
    static let name = "maintenance.cleanup_expired_tokens"

    struct Arguments: Decodable {}

    struct Report: Encodable, Sendable, Hashable {
        var status = "success"
        var deletedTokens: Int
        var message: String

        private enum CodingKeys: String, CodingKey {
            case status
            case deletedTokens = "deleted_tokens"
            case message
        }
    }

    /// The most tokens that one transaction removes.
    private static let batchSize = 5000

    let services: Services

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> MaintenanceResult<Report> {
        let run = MaintenanceRun(services: services, context: context)
        return try await run.holding(.cleanupExpiredTokens) { connection in
            let cutoff = try await connection.cutoff()
            var deleted = 0
            while true {
                try Task.checkCancellation()
                let batch = try await connection.query(Self.statement, [.text(cutoff)]).affectedRows
                deleted += batch
                guard batch == Self.batchSize else { break }
            }
            let message = "\(deleted) expired refresh tokens deleted"
            run.logger.info("\(message)")
            return Report(deletedTokens: deleted, message: message)
        }
    }

    /// A token that somebody holds right now is left to the next night.
    private static let statement = """
        DELETE FROM refresh_tokens WHERE id = ANY (ARRAY(
            SELECT id FROM refresh_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT \(batchSize)
            FOR UPDATE SKIP LOCKED
        ))
        """
}

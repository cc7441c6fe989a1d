import Postgres

/// The recordings whose time has come, oldest first and a batch at a time: so a million of them are neither in memory
/// at once nor under one transaction, and those that failed are passed by until the next run.
struct Backlog: Sendable {
    /// The most rows of one batch.
    static let batchSize = 500

    /// The column with the time.
    let due: String
    /// What else must be true.
    var condition = "true"
    /// What is read besides `id`.
    var columns: [String] = []
    /// Joined tables.
    var joins = ""

    private var statement: String {
        """
        SELECT \((["r.id", "r.\(due)::text AS due"] + columns).joined(separator: ", "))
        FROM recordings r \(joins)
        WHERE \(condition) AND r.\(due) < $1 AND (r.\(due), r.id) > ($2::timestamptz, $3::int)
        ORDER BY r.\(due), r.id LIMIT \(Self.batchSize)
        """
    }

    /// Hands out one batch after the other. No transaction is open, and nothing is locked, while `body` runs.
    ///
    /// - Parameter cutoff: Rows of before this time are due.
    /// - Throws: what `body` throws; `CancellationError`, `PostgresError`.
    nonisolated(nonsending) func walk(
        until cutoff: String,
        on connection: PostgresConnection,
        _ body: nonisolated(nonsending) ([PostgresRow]) async throws -> Void
    ) async throws {
        var last = (due: "-infinity", id: Int(Int32.min))
        while true {
            try Task.checkCancellation()
            let rows = try await connection.query(
                statement,
                [.text(cutoff), .text(last.due), .integer(last.id)]
            ).rows
            guard let end = rows.last else { return }
            last = (try end.decode("due"), try end.decode("id"))
            try await body(rows)
            guard rows.count == Self.batchSize else { return }
        }
    }
}

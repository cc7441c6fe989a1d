/// What a statement gave.
public struct PostgresResult: Sendable {
    /// The rows, in the server's order.
    public let rows: [PostgresRow]
    /// How many rows the statement inserted, changed, deleted or returned.
    public let affectedRows: Int

    public init(rows: [PostgresRow], affectedRows: Int) {
        self.rows = rows
        self.affectedRows = affectedRows
    }
}

/// One row; columns are read by name.
public struct PostgresRow: Sendable {
    /// The columns' names, in order.
    public let columns: [String]
    /// The values in PostgreSQL's text form, in the columns' order; `nil` is NULL.
    public let values: [String?]

    public init(columns: [String], values: [String?]) {
        self.columns = columns
        self.values = values
    }

    /// The value of a column that must not be NULL.
    ///
    /// - Throws: `.invalidColumn` when there is no such column, when it is NULL, or no `T`.
    public func decode<T: PostgresDecodable>(_ column: String, as type: T.Type = T.self) throws(PostgresError) -> T {
        guard let value = try decodeIfPresent(column, as: type) else {
            throw PostgresError(.invalidColumn, "column \(column) is NULL")
        }
        return value
    }

    /// The value of a column, `nil` for NULL.
    ///
    /// - Throws: `.invalidColumn` when there is no such column, or it is no `T`.
    public func decodeIfPresent<T: PostgresDecodable>(
        _ column: String,
        as type: T.Type = T.self
    ) throws(PostgresError) -> T? {
        guard let index = columns.firstIndex(of: column) else {
            throw PostgresError(.invalidColumn, "there is no column \(column)")
        }
        guard let text = values[index] else { return nil }
        guard let value = T(postgresText: text) else {
            throw PostgresError(.invalidColumn, "column \(column) is no \(T.self)")
        }
        return value
    }
}

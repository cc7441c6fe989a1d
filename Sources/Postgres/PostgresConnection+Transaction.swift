extension PostgresConnection {
    /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
    ///
    /// The rollback happens also when the task was cancelled.
    ///
    /// - Throws: what `body` throws, or `PostgresError` of BEGIN and COMMIT. After a COMMIT that ended in
    ///   `.connectionLost` it is unknown whether it took effect.
    @discardableResult
    public nonisolated(nonsending) func withTransaction<R>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await query("BEGIN")
        let value: R
        do {
            value = try await body(self)
        } catch {
            await rollBack()
            throw error
        }
        do {
            try await query("COMMIT")
        } catch {
            await rollBack()
            throw error
        }
        return value
    }

    /// Runs `body` while holding PostgreSQL's session lock `key`, or returns `nil` at once when somebody else holds it.
    ///
    /// The lock belongs to the session, not to a transaction: `body` may commit as it likes.
    ///
    /// - Throws: what `body` throws, or `PostgresError`.
    @discardableResult
    public nonisolated(nonsending) func withAdvisoryLock<R>(
        _ key: Int64,
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R? {
        let taken = try await query("SELECT pg_try_advisory_lock($1) AS taken", [.integer(key)])
        guard try taken.rows.first?.decode("taken", as: Bool.self) == true else { return nil }
        let value: R
        do {
            value = try await body(self)
        } catch {
            await unlock(key)
            throw error
        }
        await unlock(key)
        return value
    }

    /// Neither a cancelled task nor an error may leave the transaction open: what can't be rolled back is thrown away.
    private nonisolated func rollBack() async {
        await Task.detached { [self] in
            do throws(PostgresError) {
                try await query("ROLLBACK")
            } catch {
                await spoil()
            }
        }.value
    }

    private nonisolated func unlock(_ key: Int64) async {
        await Task.detached { [self] in
            do throws(PostgresError) {
                try await query("SELECT pg_advisory_unlock($1)", [.integer(key)])
            } catch {
                // The server drops the lock with the connection.
                await spoil()
            }
        }.value
    }
}

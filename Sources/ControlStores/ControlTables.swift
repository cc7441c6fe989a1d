import Postgres
import SwiftWorker

/// The store's tables, by version. A step is never changed once it is released: the next one changes what it made.
enum ControlTables {
    static let steps = [
        """
        CREATE TABLE swiftworker_revoked_ids (
            id text PRIMARY KEY,
            revoked_at timestamptz NOT NULL
        );
        CREATE INDEX swiftworker_revoked_ids_by_time ON swiftworker_revoked_ids (revoked_at DESC, id DESC);
        CREATE TABLE swiftworker_revoked_stamps (
            name text NOT NULL,
            value text NOT NULL,
            revoked_at timestamptz NOT NULL,
            PRIMARY KEY (name, value)
        );
        CREATE TABLE swiftworker_pauses (
            target text NOT NULL,
            pattern text NOT NULL,
            node text NOT NULL,
            is_paused boolean NOT NULL,
            reason text,
            since timestamptz NOT NULL,
            PRIMARY KEY (target, pattern, node)
        );
        CREATE TABLE swiftworker_rate_limits (
            task text NOT NULL,
            node text NOT NULL,
            rate_limit text NOT NULL,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (task, node)
        );
        """,
        """
        CREATE TABLE swiftworker_time_limits (
            task text NOT NULL,
            node text NOT NULL,
            soft double precision,
            hard double precision,
            changed_at timestamptz NOT NULL,
            PRIMARY KEY (task, node)
        );
        """,
    ]

    /// The lock under which the tables are made, so that workers that start together don't do it twice: "swctrl".
    static let lock: Int64 = 0x7377_6374_726C
}

extension PostgresConnection {
    /// Makes the store's tables, or brings them up to this version; does nothing where they are so.
    ///
    /// - Throws: `ControlStoreError` when they are of a newer version than this one; `PostgresError`.
    func prepareControlTables() async throws {
        if try await controlVersion() == ControlTables.steps.count { return }
        try await withTransaction { connection in
            try await connection.query("SELECT pg_advisory_xact_lock($1)", [.integer(ControlTables.lock)])
            let version = try await connection.controlVersion()
            guard let version else {
                try await connection.query("CREATE TABLE swiftworker_control (version integer NOT NULL)")
                try await connection.query("INSERT INTO swiftworker_control VALUES (0)")
                return try await connection.migrateControlTables(from: 0)
            }
            try await connection.migrateControlTables(from: version)
        }
    }

    private func migrateControlTables(from version: Int) async throws {
        let newest = ControlTables.steps.count
        guard version <= newest else {
            throw ControlStoreError(
                .refused,
                "the control store's tables are of version \(version), newer than this program's \(newest): upgrade it"
            )
        }
        for step in ControlTables.steps[version...] { try await execute(script: step) }
        try await query("UPDATE swiftworker_control SET version = $1", [.integer(newest)])
    }

    /// The tables' version; `nil` when there are none.
    private func controlVersion() async throws -> Int? {
        // Not by `to_regclass`: behind the lock it may still know that there was none.
        let found = try await query(
            "SELECT 1 FROM pg_class WHERE relname = 'swiftworker_control' AND pg_table_is_visible(oid)"
        )
        if found.rows.isEmpty { return nil }
        return try await query("SELECT version FROM swiftworker_control").rows.first?.decode("version", as: Int.self)
    }
}

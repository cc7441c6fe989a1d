import CeleryProtocol
import JSON
import Postgres
import SwiftWorker

// Revoked ids and stamps: for everyone, the oldest first.

extension PostgresControlStore {
    static func revokedIDs(_ connection: PostgresConnection, _ limit: Int) async throws -> [String] {
        let result = try await connection.query(
            "SELECT id FROM swiftworker_revoked_ids ORDER BY revoked_at DESC, id DESC LIMIT $1",
            [.integer(limit)]
        )
        return try result.rows.map { try $0.decode("id", as: String.self) }.reversed()
    }

    static func revokedStamps(_ connection: PostgresConnection, _ limit: Int) async throws -> [RevokedStamp] {
        let result = try await connection.query(
            "SELECT name, value FROM swiftworker_revoked_stamps ORDER BY revoked_at DESC, name, value LIMIT $1",
            [.integer(limit)]
        )
        return try result.rows.map { row in
            let text = try row.decode("value", as: String.self)
            return RevokedStamp(
                name: try row.decode("name", as: String.self),
                value: try JSONValue(parsing: Array(text.utf8))
            )
        }.reversed()
    }

    static func revoke(_ connection: PostgresConnection, _ ids: ArraySlice<String>, _ limits: ControlLimits)
        async throws
    {
        // PostgreSQL holds no NUL; no id of a task has one. In their order, so that two workers that keep the same ones
        // don't wait for each other.
        let storable = ids.filter { !$0.utf8.contains(0) }.sorted().map(JSONValue.string)
        try await connection.query(
            """
            INSERT INTO swiftworker_revoked_ids (id, revoked_at)
            SELECT DISTINCT value, now() FROM jsonb_array_elements_text($1::jsonb) ORDER BY value
            ON CONFLICT (id) DO UPDATE SET revoked_at = excluded.revoked_at
            """,
            [.json(JSONValue.array(storable).serialized())]
        )
        try await connection.query(
            """
            DELETE FROM swiftworker_revoked_ids WHERE id IN
                (SELECT id FROM swiftworker_revoked_ids ORDER BY revoked_at DESC, id DESC OFFSET $1)
            """,
            [.integer(limits.revokedIDs)]
        )
    }

    static func revoke(
        _ connection: PostgresConnection,
        _ stamps: ArraySlice<RevokedStamp>,
        _ limits: ControlLimits
    ) async throws {
        for stamp in stamps {
            try await connection.query(
                """
                INSERT INTO swiftworker_revoked_stamps (name, value, revoked_at) VALUES ($1, $2, now())
                ON CONFLICT (name, value) DO UPDATE SET revoked_at = excluded.revoked_at
                """,
                [.text(stamp.name), .text(String(decoding: stamp.value.serialized(), as: UTF8.self))]
            )
        }
        try await connection.query(
            """
            DELETE FROM swiftworker_revoked_stamps WHERE (name, value) IN
                (SELECT name, value FROM swiftworker_revoked_stamps ORDER BY revoked_at DESC, name, value OFFSET $1)
            """,
            [.integer(limits.revokedStamps)]
        )
    }
}

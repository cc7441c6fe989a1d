import CeleryProtocol
import FoundationEssentials
import OrderedCollections
import Postgres
import SwiftWorker

// Pauses, and changed rate and time limits. A row is for everyone (node '') or for one worker, whose row counts more. What is set for
// everyone replaces the rows of single workers.

extension PostgresControlStore {
    static func pauses(_ connection: PostgresConnection, _ node: String) async throws -> [ControlState.KeptPause] {
        let result = try await connection.query(
            """
            SELECT * FROM
                (SELECT DISTINCT ON (target, pattern) target, pattern, is_paused, reason, since
                FROM swiftworker_pauses WHERE node IN ('', $1) ORDER BY target, pattern, node DESC) AS nearest
            WHERE is_paused ORDER BY since, target, pattern
            """,
            [.text(node)]
        )
        return try result.rows.compactMap { row in
            guard let target = PauseTarget(rawValue: try row.decode("target", as: String.self)) else { return nil }
            let pause = ControlPause(
                target,
                try row.decode("pattern", as: String.self),
                reason: try row.decodeIfPresent("reason", as: String.self)
            )
            let since = try row.decode("since", as: Date.self)
            return ControlState.KeptPause(pause, since: Instant(secondsSince1970: since.timeIntervalSince1970))
        }
    }

    static func rateLimits(
        _ connection: PostgresConnection,
        _ node: String
    ) async throws -> OrderedDictionary<String, String> {
        let result = try await connection.query(
            """
            SELECT DISTINCT ON (task) task, rate_limit FROM swiftworker_rate_limits
            WHERE node IN ('', $1) ORDER BY task, node DESC
            """,
            [.text(node)]
        )
        var limits: OrderedDictionary<String, String> = [:]
        for row in result.rows {
            limits[try row.decode("task", as: String.self)] = try row.decode("rate_limit", as: String.self)
        }
        return limits
    }

    static func pause(
        _ connection: PostgresConnection,
        _ pause: ControlPause,
        _ since: Instant,
        _ scope: ControlScope
    ) async throws {
        try await clearNodes(connection, "swiftworker_pauses", "target = $1 AND pattern = $2", pause.key, scope)
        // The same pause keeps its beginning, whoever keeps it once more.
        try await connection.query(
            """
            INSERT INTO swiftworker_pauses (target, pattern, node, is_paused, reason, since)
            VALUES ($1, $2, $3, true, $4, $5)
            ON CONFLICT (target, pattern, node) DO UPDATE
            SET is_paused = true, reason = excluded.reason, since = excluded.since
            WHERE NOT swiftworker_pauses.is_paused
            """,
            pause.key + [
                .text(scope.node), .text(orNull: pause.reason),
                .timestamp(Date(timeIntervalSince1970: since.secondsSince1970)),
            ]
        )
    }

    static func resume(
        _ connection: PostgresConnection,
        _ target: PauseTarget,
        _ pattern: String,
        _ scope: ControlScope
    ) async throws {
        let key = ControlPause(target, pattern).key
        guard case .node(let node) = scope else {
            try await connection.query("DELETE FROM swiftworker_pauses WHERE target = $1 AND pattern = $2", key)
            return
        }
        // Others may go on pausing.
        try await connection.query(
            """
            INSERT INTO swiftworker_pauses (target, pattern, node, is_paused, since) VALUES ($1, $2, $3, false, now())
            ON CONFLICT (target, pattern, node) DO UPDATE SET is_paused = false, reason = NULL, since = excluded.since
            """,
            key + [.text(node)]
        )
    }

    static func limit(
        _ connection: PostgresConnection,
        _ task: String,
        _ limit: String,
        _ scope: ControlScope
    ) async throws {
        try await clearNodes(connection, "swiftworker_rate_limits", "task = $1", [.text(task)], scope)
        try await connection.query(
            """
            INSERT INTO swiftworker_rate_limits (task, node, rate_limit, changed_at) VALUES ($1, $2, $3, now())
            ON CONFLICT (task, node) DO UPDATE SET rate_limit = excluded.rate_limit, changed_at = excluded.changed_at
            """,
            [.text(task), .text(scope.node), .text(limit)]
        )
    }

    static func timeLimits(
        _ connection: PostgresConnection,
        _ node: String
    ) async throws -> OrderedDictionary<String, KeptTimeLimits> {
        let result = try await connection.query(
            """
            SELECT DISTINCT ON (task) task, soft, hard FROM swiftworker_time_limits
            WHERE node IN ('', $1) ORDER BY task, node DESC
            """,
            [.text(node)]
        )
        var limits: OrderedDictionary<String, KeptTimeLimits> = [:]
        for row in result.rows {
            limits[try row.decode("task", as: String.self)] = KeptTimeLimits(
                soft: try row.decodeIfPresent("soft", as: Double.self),
                hard: try row.decodeIfPresent("hard", as: Double.self)
            )
        }
        return limits
    }

    static func limit(
        _ connection: PostgresConnection,
        _ task: String,
        _ limits: KeptTimeLimits,
        _ scope: ControlScope
    ) async throws {
        try await clearNodes(connection, "swiftworker_time_limits", "task = $1", [.text(task)], scope)
        try await connection.query(
            """
            INSERT INTO swiftworker_time_limits (task, node, soft, hard, changed_at) VALUES ($1, $2, $3, $4, now())
            ON CONFLICT (task, node) DO UPDATE
            SET soft = excluded.soft, hard = excluded.hard, changed_at = excluded.changed_at
            """,
            [
                .text(task), .text(scope.node), limits.soft.map(PostgresValue.double) ?? .null,
                limits.hard.map(PostgresValue.double) ?? .null,
            ]
        )
    }

    private static func clearNodes(
        _ connection: PostgresConnection,
        _ table: String,
        _ condition: String,
        _ key: [PostgresValue],
        _ scope: ControlScope
    ) async throws {
        guard scope == .everyone else { return }
        try await connection.query("DELETE FROM \(table) WHERE \(condition) AND node <> ''", key)
    }
}

extension ControlPause {
    fileprivate var key: [PostgresValue] { [.text(target.rawValue), .text(pattern)] }
}

extension ControlScope {
    fileprivate var node: String { if case .node(let name) = self { name } else { "" } }
}

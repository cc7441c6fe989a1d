public import Postgres
public import SwiftWorker

/// Keeps what remote control has changed in a PostgreSQL database, for all workers that share it.
///
/// Its tables are in the first schema of the connection's search path; `docs/control.md` has them. They are made at the
/// first use, and bounded: of revoked ids and stamps the newest are kept.
public final class PostgresControlStore: ControlStore {
    private let client: PostgresClient

    public var name: String { client.configuration.description }

    /// - Parameter url: `postgresql://…`, see `PostgresConfiguration`.
    /// - Throws: `PostgresError` for a URL that can't be used; it does not hold the password.
    public convenience init(url: String) throws(PostgresError) {
        self.init(try PostgresConfiguration(url: url))
    }

    /// Takes the database's place; how many connections there are, and how long they wait, is the store's own affair.
    public init(_ configuration: PostgresConfiguration) {
        var configuration = configuration
        // Changes are written one after the other, and a reply waits for each.
        configuration.maxConnections = 1
        configuration.statementTimeout = .seconds(10)
        configuration.applicationName = "swiftworker control"
        client = PostgresClient(configuration)
    }

    deinit { client.close() }

    public func load(for node: String, _ limits: ControlLimits) async throws(ControlStoreError) -> ControlState {
        try await attempt {
            try await $0.prepareControlTables()
            return ControlState(
                revokedIDs: try await Self.revokedIDs($0, limits.revokedIDs),
                revokedStamps: try await Self.revokedStamps($0, limits.revokedStamps),
                pauses: try await Self.pauses($0, node),
                rateLimits: try await Self.rateLimits($0, node),
                timeLimits: try await Self.timeLimits($0, node)
            )
        }
    }

    public func keep(
        _ change: ControlChange,
        for scope: ControlScope,
        _ limits: ControlLimits
    ) async throws(ControlStoreError) {
        try await attempt { connection in
            try await connection.withTransaction { connection in
                switch change {
                case .revoked(let ids): try await Self.revoke(connection, ids.suffix(limits.revokedIDs), limits)
                case .revokedStamps(let stamps):
                    try await Self.revoke(connection, stamps.suffix(limits.revokedStamps), limits)
                case .paused(let pause, let since): try await Self.pause(connection, pause, since, scope)
                case .resumed(let target, let pattern): try await Self.resume(connection, target, pattern, scope)
                case .rateLimit(let task, let limit): try await Self.limit(connection, task, limit, scope)
                case .timeLimits(let task, let limits): try await Self.limit(connection, task, limits, scope)
                }
            }
        }
    }

    public func check() async throws(ControlStoreError) {
        try await attempt { _ = try await $0.query("SELECT 1") }
    }

    /// Lends a connection, and tells what went wrong in the store's words.
    private func attempt<Value: Sendable>(
        _ body: @Sendable (PostgresConnection) async throws -> Value
    ) async throws(ControlStoreError) -> Value {
        do {
            return try await client.withConnection { try await body($0) }
        } catch let error as PostgresError {
            throw ControlStoreError(error.isWorthRetrying ? .unavailable : .refused, "\(name): \(error)")
        } catch let error as ControlStoreError {
            throw error
        } catch {
            throw ControlStoreError(.unavailable, "\(name): \(error)")
        }
    }
}

extension PostgresError {
    /// Whether the same may succeed later: it is about the connection, or about what others do.
    var isWorthRetrying: Bool {
        switch code {
        case .invalidConfiguration, .invalidParameter, .invalidColumn: false
        // 08 connection, 25 read-only after a failover, 40 rolled back, 53 resources, 55 and 57 operators, 58 system.
        case .statementFailed: ["08", "25", "40", "53", "55", "57", "58"].contains(sqlState?.family)
        default: true
        }
    }
}

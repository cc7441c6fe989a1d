public import Logging
import Threads

/// A small pool of connections to one database.
///
/// Connections are opened when needed, up to `maxConnections`, and reused; a broken one is replaced. Who finds none
/// free waits in line. Asking for a second connection while holding one can wait for ever: pass the first along.
public final class PostgresClient: Sendable {
    public let configuration: PostgresConfiguration
    private let logger: Logger
    private let state: Lock<State>

    private struct State {
        var pool: PoolState<PostgresConnection>
        var waiting: [Int: CheckedContinuation<Grant, Never>] = [:]
        var nextWaiter = 0
    }

    private enum Grant {
        case use(PostgresConnection)
        case open
        case closed
        case cancelled
    }

    /// Makes a pool without a connection yet.
    public init(_ configuration: PostgresConfiguration, logger: Logger = Logger(label: "postgres")) {
        self.configuration = configuration
        self.logger = logger
        state = Lock(State(pool: PoolState(limit: configuration.maxConnections)))
    }

    /// Lends a connection to `body`. One that is given back inside a transaction is thrown away.
    ///
    /// - Throws: what `body` throws; `PostgresError` `.connectionFailed`, `.cancelled`, `.closed`.
    @discardableResult
    public nonisolated(nonsending) func withConnection<R>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R {
        let connection = try await acquire()
        let value: R
        do {
            value = try await body(connection)
        } catch {
            await giveBack(connection)
            throw error
        }
        await giveBack(connection)
        return value
    }

    /// Lends a connection to `body` within a transaction; see `PostgresConnection.withTransaction`.
    @discardableResult
    public nonisolated(nonsending) func withTransaction<R>(
        _ body: nonisolated(nonsending) (PostgresConnection) async throws -> R
    ) async throws -> R {
        try await withConnection { try await $0.withTransaction(body) }
    }

    /// Runs one statement on a connection of its own choice.
    ///
    /// - Throws: as `PostgresConnection.query`, and as `withConnection`.
    @discardableResult
    public func query(_ statement: String, _ parameters: [PostgresValue] = []) async throws -> PostgresResult {
        try await withConnection { try await $0.query(statement, parameters) }
    }

    /// Closes the idle connections; those lent are closed when they come back, and nobody gets one any more.
    public func close() {
        let waiting = state.withLock { state in
            state.pool.close().compactMap { state.waiting.removeValue(forKey: $0) }
        }
        waiting.forEach { $0.resume(returning: .closed) }
    }

    private func acquire() async throws(PostgresError) -> PostgresConnection {
        while true {
            switch await nextGrant() {
            case .use(let connection):
                if await connection.isAlive() { return connection }
                logger.info("A connection to PostgreSQL was closed by the server, another is opened")
                // The place in the pool is kept for the one opened now.
                return try await openInPlace()
            case .open:
                return try await openInPlace()
            case .closed:
                throw PostgresError(.closed, "the client was closed")
            case .cancelled:
                throw PostgresError(.cancelled, "waiting for a connection was cancelled")
            }
        }
    }

    /// Opens a connection in a place that the pool has counted already.
    private func openInPlace() async throws(PostgresError) -> PostgresConnection {
        let connection = PostgresConnection(configuration)
        do throws(PostgresError) {
            try await connection.open()
            return connection
        } catch {
            release(nil)
            throw error
        }
    }

    private func giveBack(_ connection: PostgresConnection) async {
        release(await connection.isReusable ? connection : nil)
    }

    private func release(_ connection: PostgresConnection?) {
        let handover = state.withLock { state -> (CheckedContinuation<Grant, Never>, Grant)? in
            guard case .hand(let waiter, let grant) = state.pool.giveBack(connection),
                let continuation = state.waiting.removeValue(forKey: waiter)
            else { return nil }
            switch grant {
            case .use(let connection): return (continuation, .use(connection))
            case .open: return (continuation, .open)
            }
        }
        if let (continuation, grant) = handover { continuation.resume(returning: grant) }
    }

    private func nextGrant() async -> Grant {
        let waiter = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let grant = state.withLock { state -> Grant? in
                    guard !Task.isCancelled else { return .cancelled }
                    switch state.pool.acquire(waiter: waiter) {
                    case .use(let connection): return .use(connection)
                    case .open: return .open
                    case .closed: return .closed
                    case .wait:
                        state.waiting[waiter] = continuation
                        return nil
                    }
                }
                if let grant { continuation.resume(returning: grant) }
            }
        } onCancel: {
            let continuation = state.withLock { state -> CheckedContinuation<Grant, Never>? in
                guard state.pool.abandon(waiter: waiter) else { return nil }
                return state.waiting.removeValue(forKey: waiter)
            }
            continuation?.resume(returning: .cancelled)
        }
    }
}

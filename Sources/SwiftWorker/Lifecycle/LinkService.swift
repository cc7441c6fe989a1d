import Logging
import ServiceLifecycle

/// A broker connection's part in the worker's life: it heals itself until the shutdown reaches it, and then sends what
/// is under way and closes.
struct LinkService: Service {
    let name: String
    /// Keeps the connection until it is closed.
    let connection: @Sendable () async throws -> Void
    let close: @Sendable () async -> Void
    /// How long the closing may take; a broker that does not answer is left alone then.
    let closeLimit: Duration
    let shutdown: ShutdownController
    let logger: Logger

    /// - Throws: the error that ended the connection for good, which stops the worker. While it stops anyway the error
    ///   is only logged.
    func run() async throws {
        let (failures, sender) = AsyncStream.makeStream(of: (any Error).self)
        Task {
            do { try await connection() } catch { sender.yield(error) }
        }
        try await withTaskCancellationOrGracefulShutdownHandler {
            for await error in failures {
                guard shutdown.phase == .running else {
                    logger.warning("\(name): \(error)")
                    continue
                }
                _ = shutdown.request(.warm)
                throw error
            }
        } onCancelOrGracefulShutdown: {
            sender.finish()
        }
        if await !within(closeLimit, close) {
            logger.warning("\(name): The connection could not be closed in time; going on without")
        }
    }
}

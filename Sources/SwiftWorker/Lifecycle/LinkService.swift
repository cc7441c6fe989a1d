import BrokerModel
import Logging
import ServiceLifecycle

/// A broker connection's part in the worker's life: it heals itself until the shutdown reaches it, and then sends what
/// is under way and closes.
struct LinkService: Service {
    /// How long the closing may take; a broker that does not answer is left alone then.
    static let closeLimit: Duration = .seconds(5)

    let name: String
    /// Keeps the connection until it is closed.
    let connection: @Sendable () async throws -> Void
    let close: @Sendable () async -> Void
    let shutdown: ShutdownController
    let logger: Logger

    init(_ consumer: any BrokerConsumer, _ shutdown: ShutdownController, _ logger: Logger) {
        self.init(name: "consumer", connection: consumer.run, close: consumer.close, shutdown: shutdown, logger: logger)
    }

    init(_ publisher: any BrokerPublisher, _ shutdown: ShutdownController, _ logger: Logger) {
        self.init(
            name: "publisher",
            connection: publisher.run,
            close: publisher.close,
            shutdown: shutdown,
            logger: logger
        )
    }

    private init(
        name: String,
        connection: @escaping @Sendable () async throws -> Void,
        close: @escaping @Sendable () async -> Void,
        shutdown: ShutdownController,
        logger: Logger
    ) {
        self.name = name
        self.connection = connection
        self.close = close
        self.shutdown = shutdown
        self.logger = logger
    }

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
        if await !within(Self.closeLimit, close) {
            logger.warning("\(name): The connection could not be closed in time; going on without")
        }
    }
}

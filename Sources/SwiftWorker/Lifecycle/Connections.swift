import BrokerModel
import Threads

/// Runs the worker's two connections and remembers the error that ended one for good.
final class Connections: Sendable {
    private let consumer: any BrokerConsumer
    private let publisher: any BrokerPublisher
    private let error = Lock<(any Error)?>(nil)

    init(consumer: any BrokerConsumer, publisher: any BrokerPublisher) {
        self.consumer = consumer
        self.publisher = publisher
    }

    var failure: (any Error)? { error.withLock { $0 } }

    /// Starts both; they end through their `close()`.
    ///
    /// - Parameter failed: called when one of them ends with an error.
    func start(failed: @escaping @Sendable () -> Void) {
        Task { await keep(failed) { try await self.publisher.run() } }
        Task { await keep(failed) { try await self.consumer.run() } }
    }

    private func keep(_ failed: @Sendable () -> Void, _ run: @Sendable () async throws -> Void) async {
        do {
            try await run()
        } catch {
            self.error.withLock { first in first = first ?? error }
            failed()
        }
    }
}

import BrokerModel
import FoundationEssentials
import SwiftWorker

/// Hears the events of all workers, on a connection that heals itself.
final class EventFeed: DeliveryHandler {
    /// What is heard, in its order.
    enum News: Sendable {
        case letter(EventLetter)
        /// Events come from now on: at the start, and after each loss of the connection.
        case listening
        /// The connection is lost, or can't be had; it is tried again after so long.
        case lost(reason: String, retryIn: Duration)
        /// It is not tried again.
        case ended((any Error)?)
    }

    /// How many messages may be in memory.
    static let prefetch: UInt16 = 500

    private let report: @Sendable (News) -> Void

    /// - Parameter report: called on the connection's thread: it must be quick.
    init(report: @escaping @Sendable (News) -> Void) {
        self.report = report
    }

    /// Begins to listen. The consumer has to be closed in the end.
    func start(_ broker: any Broker, _ settings: Settings) -> any BrokerConsumer {
        let consumer = broker.makeConsumer(
            queues: [settings.eventQueue(of: UUID().uuidString.lowercased(), routingKeys: ["#"])],
            prefetch: Self.prefetch,
            handler: self
        ) { [report] event in
            switch event {
            case .consuming: report(.listening)
            case .disconnected(let reason, _, _, _, let retryIn): report(.lost(reason: reason, retryIn: retryIn))
            default: break
            }
        }
        Task { [report] in
            do {
                try await consumer.run()
                report(.ended(nil))
            } catch {
                report(.ended(error))
            }
        }
        return consumer
    }

    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        report(.letter(EventLetter(message, receipt)))
    }

    func receivedBatch() {}
}

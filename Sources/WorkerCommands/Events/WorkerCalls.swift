import BrokerModel
import CeleryProtocol
import FoundationEssentials
import SwiftWorker

/// Speaks with workers from a screen that may be open for days: each time on a connection of its own, which need not heal.
struct WorkerCalls: Sendable {
    private let broker: any Broker
    private let mailbox: ControlMailbox

    /// - Throws: `WorkerError` for settings of the mailbox that contradict each other.
    init(_ broker: any Broker, _ settings: Settings) throws(WorkerError) {
        self.broker = broker
        mailbox = try ControlMailbox(settings)
    }

    /// Tells all workers something that they don't answer.
    ///
    /// - Throws: the broker's error.
    func tell(_ method: String) async throws {
        try await broker.withSession { session in
            try await ControlClient(session: session, mailbox: mailbox).tell(ControlRequest(method))
        }
    }

    /// Asks workers, and waits until none has replied for a second.
    ///
    /// - Throws: the broker's error.
    func ask(_ request: ControlRequest) async throws -> [ControlReply] {
        try await broker.withSession { session in
            try await ControlClient(session: session, mailbox: mailbox).call(
                request,
                as: UUID().uuidString.lowercased(),
                timeout: .seconds(1),
                now: WorkerClock.system.wall(),
                heard: { _ in }
            )
        }
    }
}

import BrokerModel
import SwiftWorker
import Synchronization

/// A session over another one, some of whose messages are in trouble.
final class TroubledSession: BrokerSession {
    enum Trouble {
        /// It can't be read.
        case unreadable
        /// The broker takes it back, with no word, as when it closes the channel.
        case lost
    }

    private let base: any BrokerSession
    private let trouble: @Sendable (IncomingMessage) -> Trouble?
    private let held = Mutex<[SharedReceipt]>([])

    init(_ base: any BrokerSession, trouble: @escaping @Sendable (IncomingMessage) -> Trouble?) {
        self.base = base
        self.trouble = trouble
    }

    var serverProperties: FieldTable { base.serverProperties }

    func get(_ queue: String) async throws -> ReceivedMessage? {
        guard let received = try await base.get(queue) else { return nil }
        let message = received.message
        let found = trouble(message)
        guard let found else { return received }
        let receipt = SharedReceipt(received.takeReceipt())
        held.withLock { $0.append(receipt) }
        switch found {
        case .unreadable: throw UnreadableMessage("its headers have too many values")
        case .lost: return ReceivedMessage(message: message, receipt: Receipt(tag: 0, settler: Gone()))
        }
    }

    func publish(_ message: OutgoingMessage, timeout: Duration) async throws {
        try await base.publish(message, timeout: timeout)
    }

    func status(of queue: String) async throws -> QueueStatus? { try await base.status(of: queue) }

    func hasExchange(_ name: String) async throws -> Bool { try await base.hasExchange(name) }

    func declare(_ steps: [TopologyStep]) async throws { try await base.declare(steps) }

    func unbind(_ binding: QueueBinding) async throws { try await base.unbind(binding) }

    func delete(queue: String, ifUnused: Bool, ifEmpty: Bool) async throws -> Int {
        try await base.delete(queue: queue, ifUnused: ifUnused, ifEmpty: ifEmpty)
    }

    func delete(exchange: String, ifUnused: Bool) async throws {
        try await base.delete(exchange: exchange, ifUnused: ifUnused)
    }

    func purge(queue: String) async throws -> Int { try await base.purge(queue: queue) }

    func close() async {
        for receipt in held.withLock({ $0 }) { receipt.settle(.requeue) }
        await base.close()
    }

    /// A channel that has ended.
    private final class Gone: DeliverySettler {
        func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { false }

        func reclaimLeaked(_ tag: UInt64) {}
    }
}

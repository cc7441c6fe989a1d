import BrokerModel
import Threads

/// Collects deliveries and what happens to the link, and settles deliveries as told.
final class RecordingHandler: DeliveryHandler {
    /// What is done with each delivery.
    enum Manner: Sendable {
        case hold
        case settle(Settlement)
        /// Dropped unsettled, as a bug would.
        case leak
    }

    private struct State: ~Copyable {
        var messages: [IncomingMessage] = []
        var batches = 0
        var events: [LinkEvent] = []
        var held: [ReceiptBox] = []
    }

    private let manner: @Sendable (IncomingMessage) -> Manner
    private let state = Lock(State())

    init(_ manner: @escaping @Sendable (IncomingMessage) -> Manner = { _ in .settle(.ack) }) {
        self.manner = manner
    }

    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        switch manner(message) {
        case .hold:
            let box = ReceiptBox(receipt)
            state.withLock { $0.held.append(box) }
        case .settle(let settlement): receipt.settle(settlement)
        case .leak: break
        }
        state.withLock { $0.messages.append(message) }
    }

    func receivedBatch() {
        state.withLock { $0.batches += 1 }
    }

    @Sendable func observe(_ event: LinkEvent) {
        state.withLock { $0.events.append(event) }
    }

    var messages: [IncomingMessage] { state.withLock { $0.messages } }
    var count: Int { state.withLock { $0.messages.count } }
    var batches: Int { state.withLock { $0.batches } }
    var events: [LinkEvent] { state.withLock { $0.events } }
    var bodies: [String] { messages.map { String(decoding: $0.body, as: UTF8.self) } }

    /// How often the link has come to consume from all queues.
    var consumingCount: Int {
        events.count { if case .consuming = $0 { true } else { false } }
    }

    /// How often the link was lost.
    var lossCount: Int {
        events.count { if case .disconnected = $0 { true } else { false } }
    }

    /// Settles the held deliveries in a given order.
    ///
    /// - Returns: what each settling returned.
    func settleHeld(_ settlement: Settlement, order: ([ReceiptBox]) -> [ReceiptBox] = { $0 }) -> [Bool] {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        return order(held).map { $0.settle(settlement) }
    }

    /// Lets go of deliveries whose connection is closed: they keep its parts, which keep this.
    func forgetHeld() { _ = settleHeld(.requeue) }
}

/// Holds one receipt.
final class ReceiptBox: Sendable {
    private let receipt: Lock<Receipt?>

    init(_ receipt: consuming Receipt) {
        self.receipt = Lock(receipt)
    }

    func settle(_ settlement: Settlement) -> Bool {
        let taken = receipt.withLock { $0.take() }
        return taken?.settle(settlement) ?? false
    }
}

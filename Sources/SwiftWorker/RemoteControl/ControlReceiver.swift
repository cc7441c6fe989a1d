import BrokerModel

/// Takes requests off the control connection's thread, in their order.
final class ControlReceiver: DeliveryHandler {
    /// How many requests may be in memory.
    static let prefetch: UInt16 = 16

    let letters: AsyncStream<ControlLetter>
    private let sender: AsyncStream<ControlLetter>.Continuation

    init() {
        (letters, sender) = AsyncStream.makeStream()
    }

    func receive(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        let letter = ControlLetter(message, receipt)
        // After the end nobody reads: the queue goes with its connection.
        if case .terminated = sender.yield(letter) { letter.settle() }
    }

    func receivedBatch() {}

    /// Ends `letters` behind those that are in it.
    func close() { sender.finish() }
}

import BrokerModel
import Threads

/// A message of the event exchange. It is unsettled until it is read, so that the prefetch bounds how many are in memory: who
/// prints slowly loses events in the broker, by the queue's time to live, and not the memory here.
final class EventLetter: Sendable {
    let message: IncomingMessage
    private let receipt: Lock<Receipt?>

    init(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        self.message = message
        self.receipt = Lock(consume receipt)
    }

    /// Takes the message off the queue.
    func settle() {
        guard let receipt = receipt.withLock({ $0.take() }) else { return }
        receipt.settle(.ack)
    }
}

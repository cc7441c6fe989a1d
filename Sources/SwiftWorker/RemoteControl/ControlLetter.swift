import BrokerModel
import Threads

/// A request as it came off the worker's control queue. It is unsettled until it is read, so that the prefetch bounds
/// how many there are in memory.
final class ControlLetter: Sendable {
    let message: IncomingMessage
    private let receipt: Lock<Receipt?>

    init(_ message: IncomingMessage, _ receipt: consuming Receipt) {
        self.message = message
        self.receipt = Lock(consume receipt)
    }

    /// Takes the request off the queue; one that was lost with its connection does not come again, as its queue is
    /// gone, too.
    func settle() {
        guard let receipt = receipt.withLock({ $0.take() }) else { return }
        receipt.settle(.ack)
    }
}

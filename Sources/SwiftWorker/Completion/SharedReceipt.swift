public import BrokerModel
import Threads

/// A receipt that may be handed around: whoever asks first settles the delivery.
public final class SharedReceipt: Sendable {
    private let receipt: Lock<Receipt?>

    public init(_ receipt: consuming Receipt) {
        self.receipt = Lock(consume receipt)
    }

    /// Settles the delivery, the first time it is asked.
    ///
    /// - Returns: `false` when the delivering connection is gone, so that the broker delivers again.
    @discardableResult
    public func settle(_ settlement: Settlement) -> Bool {
        let receipt = receipt.withLock { $0.take() }
        return receipt?.settle(settlement) ?? true
    }
}

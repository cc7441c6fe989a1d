/// A message with the right to settle it.
public struct ReceivedMessage: ~Copyable, Sendable {
    public let message: IncomingMessage
    private let receipt: Receipt

    public init(message: IncomingMessage, receipt: consuming Receipt) {
        self.message = message
        self.receipt = receipt
    }

    /// The right to settle it alone, for whoever needs the message no more.
    public consuming func takeReceipt() -> Receipt { receipt }

    /// Settles it; dropped unsettled, it goes back to the queue.
    ///
    /// - Returns: `false` when the connection is gone.
    @discardableResult
    public consuming func settle(_ settlement: Settlement) -> Bool {
        receipt.settle(settlement)
    }
}

/// A message was taken, and can't be read or is too large.
public struct UnreadableMessage: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong with it.
    public let reason: String

    public init(_ reason: String) {
        self.reason = reason
    }

    public var description: String { "the message can't be read: \(reason)" }
}

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

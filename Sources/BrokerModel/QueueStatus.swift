/// What the broker answers to the declaration of a queue.
public struct QueueStatus: Sendable, Hashable {
    /// The name; the broker's choice when the declaration had none.
    public var name: String
    /// Messages ready for delivery.
    public var messageCount: Int
    public var consumerCount: Int

    public init(name: String, messageCount: Int, consumerCount: Int) {
        self.name = name
        self.messageCount = messageCount
        self.consumerCount = consumerCount
    }
}

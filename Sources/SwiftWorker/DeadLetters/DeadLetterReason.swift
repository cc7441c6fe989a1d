/// Why a message is a dead letter.
public struct DeadLetterReason: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) {
        self.rawValue = rawValue
    }

    // The worker's reasons.

    /// The task has failed for good.
    public static let failed = DeadLetterReason(rawValue: "failed")
    /// The task has taken its process along too often.
    public static let quarantined = DeadLetterReason(rawValue: "quarantined")
    /// The body can't be opened: compression, encoding, JSON, size, or a content type that is not accepted.
    public static let undecodable = DeadLetterReason(rawValue: "undecodable")
    /// The message is no proper task.
    public static let malformed = DeadLetterReason(rawValue: "malformed")
    /// No worker that saw it knows the task.
    public static let unregistered = DeadLetterReason(rawValue: "unregistered")
    /// The task has rejected its message.
    public static let rejected = DeadLetterReason(rawValue: "rejected")

    // The broker's, where a policy made it dead-letter the message. It calls a message that a worker rejected "rejected",
    // too.

    /// The message waited longer than it or its queue allows.
    public static let expired = DeadLetterReason(rawValue: "expired")
    /// The queue was full.
    public static let queueFull = DeadLetterReason(rawValue: "maxlen")
    /// The message came back as failed too often.
    public static let deliveryLimit = DeadLetterReason(rawValue: "delivery_limit")

    /// No header says why.
    public static let unknown = DeadLetterReason(rawValue: "unknown")

    public var description: String { rawValue }
}

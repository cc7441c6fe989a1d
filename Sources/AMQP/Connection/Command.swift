import BrokerModel

/// One thing that a connection's thread is asked to do.
enum Command: Sendable {
    case openChannel(ChannelOpening)
    case request(ChannelLink, ChannelRequest, Answer)
    case publish(ChannelLink, PublishJob)
    /// Deliveries of this channel have been settled.
    case settled(ChannelLink)
    /// Sends what is left, then closes; the answer comes when the connection has ended.
    case close(Answer?)
}

/// What a new channel needs.
struct ChannelOpening: Sendable {
    let handler: (any DeliveryHandler)?
    let observer: @Sendable (ChannelEvent) -> Void
    /// Answered with `.opened`.
    let answer: Answer
}

/// What happens on a channel beside answers; told on the connection's thread.
enum ChannelEvent: Sendable {
    /// The channel has ended, by the broker's will, or with its connection.
    case closed(AMQPError)
    /// The broker cancelled the consumer of a queue.
    case consumerCancelled(tag: String, queue: String)
    /// A delivery was refused unread.
    case refusedDelivery(queue: String, reason: String)
    case leakedDelivery
    /// Publishes that the channel could not finish, oldest first, and why; whoever published them still waits. When
    /// the broker has closed the channel, those that it may have meant come with its error, the others with another.
    case unfinished([PublishJob], AMQPError)
}

/// What happens on a connection; told on its thread.
enum ConnectionEvent: Sendable {
    case blocked(reason: String)
    case unblocked
    /// The last event of a connection; `closed` if this side wanted it.
    case ended(AMQPError)
}

/// The one answer that somebody waits for.
struct Answer: Sendable {
    private let continuation: CheckedContinuation<Result<ChannelReply, AMQPError>, Never>

    init(_ continuation: CheckedContinuation<Result<ChannelReply, AMQPError>, Never>) {
        self.continuation = continuation
    }

    func succeed(_ reply: ChannelReply) { continuation.resume(returning: .success(reply)) }

    func fail(_ error: AMQPError) { continuation.resume(returning: .failure(error)) }
}

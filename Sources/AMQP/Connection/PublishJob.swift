import BrokerModel

/// One message on its way to the broker, and whoever waits for its confirm. Exactly one place holds it at a time and
/// finishes it once.
final class PublishJob: Sendable {
    let message: OutgoingMessage
    /// In nanoseconds of `Monotonic`.
    let deadline: Int64
    /// Whether no other message is to be under way with it: if the broker closes the channel then, it is for this one.
    let isAlone: Bool
    private let continuation: CheckedContinuation<Result<Void, AMQPError>, Never>

    init(
        _ message: OutgoingMessage,
        deadline: Int64,
        isAlone: Bool = false,
        continuation: CheckedContinuation<Result<Void, AMQPError>, Never>
    ) {
        self.message = message
        self.deadline = deadline
        self.isAlone = isAlone
        self.continuation = continuation
    }

    /// The same, to be published alone; it takes this one's place.
    var alone: PublishJob { PublishJob(message, deadline: deadline, isAlone: true, continuation: continuation) }

    func succeed() { continuation.resume(returning: .success(())) }

    func fail(_ error: AMQPError) { continuation.resume(returning: .failure(error)) }

    func expire() {
        fail(AMQPError(.timeout, "publish to '\(message.routingKey)' was not confirmed in time"))
    }
}

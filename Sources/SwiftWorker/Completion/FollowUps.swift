import BrokerModel
import CeleryProtocol

/// What an outcome makes follow: messages that are published, and confirmed, before its state is stored and its own
/// message settled. A crash between the two repeats the task; it never loses it.
struct FollowUps: Sendable {
    /// How long a message is kept whose follow-up could not be published, before it goes back to its queue: a broker that
    /// refuses one thing is not to be asked for it without end.
    static let pause: Duration = .seconds(5)

    let publisher: any BrokerPublisher
    let delays: DelayedDelivery
    let payloads: PayloadDecoder
    /// The worker's node name.
    let origin: String
    let utcOffset: @Sendable (Instant) -> Int
    let clock: WorkerClock
    let publishTimeout: Duration

    /// The messages of an outcome; most have none.
    ///
    /// - Throws: `InvalidMessage` or `UnparkableQueue` when one can't be made.
    func messages(for outcome: Outcome, of request: Request) throws -> [OutgoingMessage] {
        switch outcome {
        case .retried(let plan): [try nextRun(plan, of: request)]
        case .parked(let seconds): [try parked(request, seconds: seconds)]
        default: []
        }
    }

    /// Publishes messages one after the other, each confirmed.
    func publish(_ messages: [OutgoingMessage]) async throws {
        for message in messages {
            if message.exchange == DelayTopology.entryExchange {
                try await delays.publish(message)
            } else {
                try await publisher.publish(message, timeout: publishTimeout)
            }
        }
    }

    private func nextRun(_ plan: RetryPlan, of request: Request) throws -> OutgoingMessage {
        let now = clock.wall()
        var next = RetryMessage(
            of: request.envelope.message,
            headers: request.headers,
            changes: plan.changes,
            origin: origin
        )
        next.ignoreResult = request.ignoresResult
        next.utcOffset = utcOffset(now)
        return try next.message(now: now, payloads: payloads)
    }

    private func parked(_ request: Request, seconds: Int) throws(UnparkableQueue) -> OutgoingMessage {
        let message = request.envelope.message
        guard let parked = ParkedMessage.message(parking: message, seconds: seconds) else {
            throw UnparkableQueue(queue: message.queue)
        }
        return parked
    }
}

/// A queue whose name is too long for a delay's routing key.
struct UnparkableQueue: Error, CustomStringConvertible {
    let queue: String

    var description: String { "the name of the queue '\(queue)' is too long for delayed messages" }
}

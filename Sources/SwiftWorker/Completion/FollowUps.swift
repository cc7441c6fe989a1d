import BrokerModel
import CeleryProtocol

/// What an outcome makes follow: messages that are published, and confirmed, before its state is stored and its own
/// message settled. A crash between the two repeats the task; it never loses it.
struct FollowUps: Sendable {
    /// How long a message is kept whose follow-up could not be published, before it goes back to its queue: a broker that
    /// refuses one thing is not to be asked for it without end.
    static let pause: Duration = .seconds(5)
    /// How often what follows a task that was acked before it ran is published, until it is given up: nothing else is left
    /// of it.
    static let attemptsWithoutReturn = 5

    let publisher: any BrokerPublisher
    let delays: DelayedDelivery
    let payloads: PayloadDecoder
    /// The worker's node name.
    let origin: String
    let utcOffset: @Sendable (Instant) -> Int
    let clock: WorkerClock
    let publishTimeout: Duration
    /// A next run that has to wait longer goes to the delay queues at once: `swiftworker_eta_hold_limit`.
    let holdLimit: Duration
    /// `nil` where there are no dead letters.
    let deadLetters: DeadLetterWriter?
    /// Whether dead-letter queues that are not there are to be quorum queues.
    let usesQuorumQueues: Bool

    /// The messages of an outcome, which take the place of its own; most have none.
    ///
    /// - Throws: `InvalidMessage` or `UnparkableQueue` when one can't be made.
    func messages(for outcome: Outcome, of request: Request) throws -> [OutgoingMessage] {
        switch outcome {
        case .retried(let plan): [try nextRun(plan, of: request)]
        case .parked(let seconds): [try parked(request, seconds: seconds)]
        case .passedOn(let message): [try passedOn(message, request)]
        default: deadLetters?.letter(of: request, outcome).map { [$0] } ?? []
        }
    }

    /// The dead letter of a message that is no task, if it is to be one.
    func deadLetter(of message: IncomingMessage, _ error: InvalidMessage) -> OutgoingMessage? {
        deadLetters?.letter(of: message, error)
    }

    /// Publishes messages one after the other, each confirmed.
    ///
    /// - Parameter attempts: how often a message is tried, with a pause in between.
    func publish(_ messages: [OutgoingMessage], attempts: Int = 1) async throws {
        for message in messages {
            var attempt = 1
            while true {
                do {
                    try await publish(message)
                    break
                } catch {
                    if attempt >= attempts { throw error }
                    attempt += 1
                    try await clock.sleep(Self.pause)
                }
            }
        }
    }

    private func publish(_ message: OutgoingMessage) async throws {
        if DelayTopology.isDelayed(message.exchange) {
            try await delays.publish(message)
        } else if message.isDeadLetter {
            try await publishDeadLetter(message)
        } else {
            try await publishOrPark(message)
        }
    }

    private func publishOrPark(_ message: OutgoingMessage) async throws {
        if let parked = parkedNextRun(message) {
            do {
                return try await delays.publish(parked)
            } catch {
                // The broker takes no delayed messages: with its ETA this one can wait in its queue as well.
            }
        }
        try await publisher.publish(message, timeout: publishTimeout)
    }

    /// A next run as it waits in the broker; `nil` when it need not, or its queue would not get it back from there.
    private func parkedNextRun(_ message: OutgoingMessage) -> OutgoingMessage? {
        let queue = message.routingKey
        guard message.exchange.isEmpty, let text = message.properties.headers?["eta"]?.string,
            let eta = Instant(iso8601: text), delays.canDelay(queue)
        else { return nil }
        let now = clock.wall()
        guard eta - now > holdLimit, let seconds = ParkedMessage.seconds(until: eta, now: now) else { return nil }
        return ParkedMessage.message(parking: message, for: queue, seconds: seconds)
    }

    /// A dead letter whose queue is gone gets a new one: somebody has deleted it since this worker has declared it.
    private func publishDeadLetter(_ message: OutgoingMessage) async throws {
        do {
            try await publisher.publish(message, timeout: publishTimeout)
        } catch {
            guard let topology = DeadLetterTopology.topology(of: message.routingKey, isQuorum: usesQuorumQueues) else {
                throw error
            }
            try await publisher.declare(topology)
            try await publisher.publish(message, timeout: publishTimeout)
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

    private func passedOn(_ message: OutgoingMessage, _ request: Request) throws(UnparkableQueue) -> OutgoingMessage {
        let queue = request.envelope.message.queue
        guard delays.canDelay(queue) else { throw UnparkableQueue(queue: queue) }
        return message
    }
}

/// A queue that the broker can't bring delayed messages back to.
struct UnparkableQueue: Error, CustomStringConvertible {
    let queue: String

    var description: String {
        "the queue '\(queue)' gets no delayed messages: it goes with its consumer, or its name is too long"
    }
}

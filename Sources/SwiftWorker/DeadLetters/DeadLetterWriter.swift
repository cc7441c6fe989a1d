import BrokerModel
import CeleryProtocol

/// Says which messages become dead letters, and makes them; publishing is somebody else's.
struct DeadLetterWriter: Sendable {
    let policy: DeadLetterPolicy
    /// The node name.
    let worker: String
    /// How many losses of its process quarantine a task.
    let maxLosses: Int
    let clock: WorkerClock

    /// `nil` where dead letters are turned off.
    init?(settings: Settings, worker: String, clock: WorkerClock) {
        guard settings.deadLetters else { return nil }
        policy = DeadLetterPolicy(settings: settings)
        self.worker = worker
        maxLosses = settings.maxLosses
        self.clock = clock
    }

    /// The dead letter of a task that has ended, if it is to be one.
    ///
    /// A task that is to run again has not ended, however it failed.
    func letter(of request: Request, _ outcome: Outcome) -> OutgoingMessage? {
        guard SettlementRule.settlement(for: outcome, policy: request.policy).isFinal,
            let death = outcome.death(of: request.task.name)
        else { return nil }
        let message = request.envelope.message
        return letter(of: message, task: request.task.name, death, retries: request.headers.retries)
    }

    /// The dead letter of a message that is no task, if it is to be one.
    func letter(of message: IncomingMessage, _ error: InvalidMessage) -> OutgoingMessage? {
        letter(of: message, task: message.properties.headers?["task"]?.string, Death(error), retries: 0)
    }

    private func letter(
        of message: IncomingMessage,
        task: String?,
        _ death: Death,
        retries: Int
    ) -> OutgoingMessage? {
        guard policy.keeps(death.reason, of: task), DeadLetterTopology.queueName(of: message.queue) != nil else {
            return nil
        }
        let note = DeadLetterNote(
            reason: death.reason,
            exception: death.exception,
            of: message,
            retries: retries,
            losses: death.reason == .quarantined ? maxLosses - 1 : 0,
            worker: worker,
            now: clock.wall()
        )
        return DeadLetterMessage.message(of: message, note)
    }
}

/// What a dead letter says of its cause.
struct Death {
    let reason: DeadLetterReason
    let exception: PythonException

    init(_ reason: DeadLetterReason, _ exception: PythonException) {
        self.reason = reason
        self.exception = exception
    }

    init(_ error: InvalidMessage) {
        switch error.code {
        case .undecodable, .tooLarge, .contentTypeRefused: reason = .undecodable
        default: reason = .malformed
        }
        exception = error.pythonException
    }
}

extension Outcome {
    /// Why the message is one that a deployment may want to keep; `nil` for all that went as it should.
    fileprivate func death(of task: String) -> Death? {
        switch self {
        case .failure(let exception): Death(.failed, exception)
        case .timedOut, .lost: forcedFailure.map { Death(.failed, $0.exception) }
        case .quarantined(let loss): Death(.quarantined, loss.exception)
        case .unregistered: Death(.unregistered, .notRegistered(task))
        case .refused(let error): Death(error)
        case .rejected(let reason, requeue: false): Death(.rejected, .reject(reason, requeue: false))
        default: nil
        }
    }
}

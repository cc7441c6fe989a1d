import BrokerModel
import CeleryProtocol
import JSON

/// Tells monitors what becomes of tasks, in the words of Celery's workers (reference, 6.3).
struct TaskEvents: Sendable {
    /// Every worker has one; `nil` in tests of single parts.
    let dispatcher: EventDispatcher?
    /// `task_send_sent_event`
    var tellsWhatIsSent = false

    /// A task has been published, as a call of a task or as the next run of one.
    func sent(_ message: OutgoingMessage, queue: String? = nil) {
        guard tellsWhatIsSent, let dispatcher, let table = message.properties.headers, let id = table["id"]?.string
        else {
            return
        }
        let event = TaskEvent.sent(
            TaskEvent.Arrival(table),
            queue: queue ?? message.routingKey,
            exchange: message.exchange,
            routingKey: message.routingKey
        )
        dispatcher.send(event, of: id)
    }

    /// A request is here, and neither expired nor revoked.
    func received(_ request: Request) {
        guard let dispatcher, wants(request, dispatcher) else { return }
        dispatcher.send(.received(TaskEvent.Arrival(request.headers)), of: request.id)
    }

    func started(_ request: Request) {
        guard let dispatcher, wants(request, dispatcher) else { return }
        dispatcher.send(.started, of: request.id)
    }

    /// A request has ended.
    ///
    /// - Parameter wasUnsettled: whether its delivery is settled only now: a task that was acked before can't be rejected.
    func ended(_ request: Request, _ outcome: Outcome, _ runtime: Duration, wasUnsettled: Bool) {
        guard let dispatcher, wants(request, dispatcher) else { return }
        let rejection = wasUnsettled ? Self.rejection(outcome, request.policy) : nil
        for event in Self.events(of: outcome, request.task.name, runtime, rejection) {
            dispatcher.send(event, of: request.id)
        }
    }

    private func wants(_ request: Request, _ dispatcher: EventDispatcher) -> Bool {
        dispatcher.sendsTaskEvents && request.policy.sampling.includes(request.id)
    }

    /// The events of an outcome, in Celery's order.
    static func events(
        of outcome: Outcome,
        _ task: String,
        _ runtime: Duration,
        _ rejection: TaskEvent?
    ) -> [TaskEvent] {
        switch outcome {
        case .success(let result):
            return [.succeeded(result: TaskLog.repr(of: result), runtime: runtime / .seconds(1))]
        case .failure(let exception):
            return [rejection, failed(exception)].compactMap { $0 }
        case .rejected(let reason, requeue: false):
            return [failed(.reject(reason, requeue: false)), rejection].compactMap { $0 }
        case .timedOut, .lost, .quarantined:
            return [outcome.forcedFailure.map { failed($0.exception) }, rejection].compactMap { $0 }
        case .rejected(_, requeue: true), .lostToRunAgain: return rejection.map { [$0] } ?? []
        case .retried(let plan):
            return [.retried(exception: plan.cause?.repr ?? "None", traceback: plan.traceback(of: task))]
        case .revoked(.before): return [.revoked(terminated: false, signal: nil, expired: false)]
        case .revoked(.terminated(let signal)): return [.revoked(terminated: true, signal: signal, expired: false)]
        case .expired: return [.revoked(terminated: false, signal: nil, expired: true)]
        case .unregistered:
            return [.failed(exception: PythonException.notRegistered(task).repr, traceback: nil)]
        case .cancelled: return [.cancelled]
        case .ignored, .parked, .passedOn, .refused: return []
        }
    }

    private static func failed(_ exception: PythonException) -> TaskEvent {
        .failed(exception: exception.repr, traceback: exception.traceback ?? "\(exception.repr)\n")
    }

    /// What the settlement means to monitors; a dead letter in its place is the same to them.
    private static func rejection(_ outcome: Outcome, _ policy: TaskPolicy) -> TaskEvent? {
        switch SettlementRule.settlement(for: outcome, policy: policy) {
        case .ack, .requeue: nil
        case .reject: .rejected(requeue: false)
        case .rejectAndRequeue: .rejected(requeue: true)
        }
    }
}

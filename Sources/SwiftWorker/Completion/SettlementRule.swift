import BrokerModel
import CeleryProtocol

/// Which AMQP verb an outcome deserves; Celery's acknowledgement matrix (reference, 3.4 and 3.10) as one table.
enum SettlementRule {
    /// The settlement of a delivery that nobody has settled yet. One that was acked early stays so.
    ///
    /// It is for messages that nothing has taken the place of. One whose follow-up is published, be it a dead letter, is
    /// acked: rejecting it as well would dead-letter it twice where the broker has a policy for that.
    static func settlement(for outcome: Outcome, policy: TaskPolicy) -> Settlement {
        switch outcome {
        case .success, .ignored, .expired, .revoked, .retried, .parked, .passedOn: .ack
        case .failure, .lost: policy.acksLate && !policy.acksOnFailure ? .reject : .ack
        case .rejected(_, requeue: true): .rejectAndRequeue
        case .rejected(_, requeue: false), .unregistered: .reject
        case .refused(let message): settlement(for: message)
        case .timedOut: policy.acksLate && !policy.acksOnTimeout ? .rejectAndRequeue : .ack
        case .lostToRunAgain: .rejectAndRequeue
        case .quarantined: .reject
        case .cancelled: .requeue
        }
    }

    /// The settlement of a message that can't be understood.
    static func settlement(for message: InvalidMessage) -> Settlement {
        switch message.disposition {
        case .ackAndLog, .failTask: .ack
        case .reject: .reject
        }
    }
}

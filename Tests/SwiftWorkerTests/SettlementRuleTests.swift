import BrokerModel
import CeleryProtocol
import JSON
import Testing

@testable import SwiftWorker

/// Celery's acknowledgement matrix (reference, 3.4 and 3.10), row by row.
@Suite struct SettlementRuleTests {
    private func policy(acksLate: Bool = true, acksOnFailure: Bool = true) -> TaskPolicy {
        TaskPolicy(
            of: "",
            options: TaskOptions(acksLate: acksLate, acksOnFailureOrTimeout: acksOnFailure),
            settings: Settings()
        )
    }

    @Test func followsTheMatrix() {
        let late = policy()
        let rejecting = policy(acksOnFailure: false)
        let early = policy(acksLate: false, acksOnFailure: false)
        let loss = WorkerLoss(cause: .exit(3), job: 1, processID: 9, peakMemory: 0, lastLines: [])
        let failure = Outcome.failure(.valueError("bad"))
        let rows: [(Outcome, TaskPolicy, Settlement)] = [
            (.success(.null), late, .ack),
            (.success(.null), rejecting, .ack),
            (failure, late, .ack),
            (failure, rejecting, .reject),
            // Not yet acked although acks are early: the body never started, so it fails and is acked.
            (failure, early, .ack),
            (.ignored, late, .ack),
            (.expired, late, .ack),
            (.parked(seconds: 60), late, .ack),
            (.revoked(.before(.id)), late, .ack),
            (.revoked(.terminated(signal: 15)), rejecting, .ack),
            (.rejected(reason: "no", requeue: true), late, .rejectAndRequeue),
            (.rejected(reason: "no", requeue: false), late, .reject),
            (.unregistered, late, .reject),
            (.cancelled(.shutdown), late, .requeue),
            (.cancelled(.connectionLost), late, .requeue),
            (.timedOut(.seconds(1)), late, .ack),
            (.timedOut(.seconds(1)), rejecting, .rejectAndRequeue),
            (.timedOut(.seconds(1)), early, .ack),
            (.lost(loss), late, .ack),
            (.lost(loss), rejecting, .reject),
            (.lostToRunAgain(loss), late, .rejectAndRequeue),
            (.quarantined(loss), late, .reject),
            (.refused(InvalidMessage(.undecodable, "bad JSON")), late, .ack),
            (.refused(InvalidMessage(.contentTypeRefused, "pickle")), late, .reject),
            (.refused(InvalidMessage(.notATask, "nothing")), late, .reject),
            (.refused(InvalidMessage(.invalidETA, "garbage")), late, .reject),
        ]
        for (outcome, policy, expected) in rows {
            #expect(SettlementRule.settlement(for: outcome, policy: policy) == expected, "\(outcome)")
        }
    }
}

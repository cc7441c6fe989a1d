import BrokerModel
import CeleryProtocol
import Testing

@testable import SwiftWorker

/// What the loss of a process means for its task's message (reference, 3.4).
@Suite struct LossLedgerTests {
    private let loss = WorkerLoss(
        cause: .signal(9, name: "SIGKILL"),
        job: 3,
        processID: 77,
        peakMemory: 1024,
        lastLines: ["out of luck"]
    )

    private func request(_ id: String, acksLate: Bool = true, rejects: Bool = true) -> Request {
        let options = TaskOptions(acksLate: acksLate, rejectOnWorkerLost: rejects)
        let request = Request(
            envelope: TaskRequest.Envelope(
                headers: TaskHeaders(task: "t", id: id),
                message: IncomingMessage(routingKey: "q", queue: "q", properties: MessageProperties(), body: []),
                hostname: "w"
            ),
            task: RegisteredTask(unregistered: "t"),
            policy: TaskPolicy(of: "", options: options, settings: Settings()),
            opened: nil,
            receipt: Receipt(tag: 1, settler: Taker())
        )
        _ = request.settle(.ack)
        return request
    }

    private func verdict(_ ledger: LossLedger, _ request: Request) -> String {
        switch ledger.judge(.lost(loss), of: request) {
        case .lost: "fail"
        case .lostToRunAgain: "again"
        case .quarantined: "quarantine"
        default: "other"
        }
    }

    @Test func countsTheLossesOfEachTask() {
        let ledger = LossLedger(limit: 3)
        #expect(
            ["a", "a", "b", "a"].map { verdict(ledger, request($0)) } == ["again", "again", "again", "quarantine"]
        )
    }

    @Test func withoutRejectionOrLateAckItFailsAtOnce() {
        let ledger = LossLedger(limit: 3)
        #expect(verdict(ledger, request("a", rejects: false)) == "fail")
        #expect(verdict(ledger, request("a", acksLate: false)) == "fail")
    }

    @Test func forgetsTheOldest() {
        let ledger = LossLedger(limit: 2)
        for number in 0...LossLedger.capacity { _ = verdict(ledger, request("t\(number)")) }
        #expect(verdict(ledger, request("t0")) == "again")
        #expect(verdict(ledger, request("t\(LossLedger.capacity)")) == "quarantine")
    }

    @Test func speaksCelerysWordsAndShowsTheEvidence() {
        #expect(loss.message == "Worker exited prematurely: signal 9 (SIGKILL) Job: 3.")
        let exit = WorkerLoss(cause: .exit(3), job: 12, processID: 77, peakMemory: 0, lastLines: [])
        #expect(exit.message == "Worker exited prematurely: exitcode 3 Job: 12.")
        let exception = loss.exception
        #expect(exception.type == "WorkerLostError")
        #expect(exception.traceback?.contains("its peak memory was 1024 KiB") == true)
        #expect(exception.traceback?.contains("  out of luck\n") == true)
    }
}

private final class Taker: DeliverySettler {
    func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool { true }

    func reclaimLeaked(_ tag: UInt64) {}
}

import BrokerModel
import CeleryProtocol
import Testing
import Threads

@testable import SwiftWorker

/// What becomes of a message that comes again after a lost connection.
@Suite struct RedeliveriesTests {
    /// Notes settlements; its connection can be lost.
    private final class Settler: DeliverySettler {
        private let state = Lock((settled: [Settlement](), isLost: false, leaks: 0))

        var settled: [Settlement] { state.withLock { $0.settled } }
        var leaks: Int { state.withLock { $0.leaks } }

        func lose() { state.withLock { $0.isLost = true } }

        func settle(_ tag: UInt64, _ settlement: Settlement) -> Bool {
            state.withLock { state in
                if !state.isLost { state.settled.append(settlement) }
                return !state.isLost
            }
        }

        func reclaimLeaked(_ tag: UInt64) { state.withLock { $0.leaks += 1 } }
    }

    private let old = Settler()
    private let new = Settler()
    private let redeliveries = Redeliveries()

    private func request(_ id: String = "t", retries: Int = 0) -> Request {
        var headers = TaskHeaders(task: "x", id: id)
        headers.retries = retries
        let message = IncomingMessage(routingKey: "q", queue: "q", properties: MessageProperties(), body: [])
        return Request(
            envelope: TaskRequest.Envelope(headers: headers, message: message, hostname: "w"),
            task: RegisteredTask(unregistered: "x"),
            policy: TaskPolicy(of: "", options: TaskOptions(acksLate: true), settings: Settings()),
            opened: nil,
            connection: redeliveries.connection,
            receipt: Receipt(tag: 1, settler: old)
        )
    }

    private enum Found { case unknown, adopted, settled }

    private func redeliver(_ id: String = "t", retries: Int = 0, of redeliveries: Redeliveries? = nil) -> Found {
        switch (redeliveries ?? self.redeliveries).take(Receipt(tag: 2, settler: new), id: id, retries: retries) {
        case .unknown(let receipt):
            receipt.settle(.requeue)
            return .unknown
        case .adopted: return .adopted
        case .settled: return .settled
        }
    }

    private func settle(_ request: Request, _ settlement: Settlement) {
        redeliveries.ended(request, settlement, request.settle(settlement))
    }

    private func lose(_ running: Request...) {
        old.lose()
        redeliveries.connectionLost { running }
    }

    @Test func aRunningTaskTakesOverAndSettlesOnce() {
        let request = request()
        lose(request)
        #expect(redeliver() == .adopted)
        settle(request, .ack)
        #expect(new.settled == [.ack])
        #expect(old.settled.isEmpty && old.leaks == 0 && new.leaks == 0)
        #expect(request.settle(.ack) == .alreadySettled)
    }

    @Test(arguments: [Settlement.ack, .reject])
    func whatHasEndedSinceIsSettledTheSame(_ settlement: Settlement) {
        let request = request()
        lose(request)
        settle(request, settlement)
        #expect(redeliver() == .settled)
        #expect(new.settled == [settlement])
        // Once only.
        #expect(redeliver() == .unknown)
    }

    @Test(arguments: [Settlement.requeue, .rejectAndRequeue])
    func whatWasToGoBackRunsAgain(_ settlement: Settlement) {
        let request = request()
        lose(request)
        settle(request, settlement)
        #expect(redeliver() == .unknown)
    }

    /// The body ends between the look-up and the word of its settlement.
    @Test func aSettlementUnderWayIsUsedAtOnce() {
        let request = request()
        lose(request)
        let result = request.settle(.ack)
        #expect(result == .connectionLost)
        #expect(redeliver() == .settled)
        redeliveries.ended(request, .ack, result)
        #expect(new.settled == [.ack])
        #expect(redeliver() == .unknown)
    }

    @Test func aSettlementBeforeTheLossIsNoticedCountsToo() {
        let request = request()
        old.lose()
        settle(request, .ack)
        redeliveries.connectionLost { [] }
        #expect(redeliver() == .settled)
    }

    @Test func aTaskThatStartsBehindTheLossIsNoted() {
        let request = request()
        lose()
        redeliveries.started(request)
        #expect(redeliver() == .adopted)
        settle(request, .ack)
        #expect(new.settled == [.ack])
    }

    @Test func othersAreLeftAlone() {
        let request = request(retries: 1)
        lose(request)
        #expect(redeliver(retries: 0) == .unknown)
        #expect(redeliver("u", retries: 1) == .unknown)
        #expect(redeliver(retries: 1) == .adopted)
        settle(request, .ack)
    }

    @Test func anEarlyAckedTaskThatRunsIsNotRunAgain() {
        let request = request()
        settle(request, .ack)
        lose(request)
        #expect(redeliver() == .settled)
        #expect(new.settled == [.ack])
    }

    @Test func aTaskMayLoseItsConnectionTwice() {
        let request = request()
        lose(request)
        #expect(redeliver() == .adopted)
        new.lose()
        redeliveries.connectionLost { [request] }
        settle(request, .ack)
        let third = Settler()
        switch redeliveries.take(Receipt(tag: 3, settler: third), id: "t", retries: 0) {
        case .settled: #expect(third.settled == [.ack])
        case .adopted: Issue.record("adopted")
        case .unknown(let receipt):
            receipt.settle(.ack)
            Issue.record("unknown")
        }
    }

    @Test func forgetsAfterAWhileAndBeyondItsCapacity() {
        let clock = Lock(ContinuousClock.now)
        let redeliveries = Redeliveries(now: { clock.withLock { $0 } })
        old.lose()
        for number in 0...Redeliveries.capacity {
            let request = request("t\(number)")
            redeliveries.ended(request, .ack, request.settle(.ack))
        }
        #expect(redeliver("t0", of: redeliveries) == .unknown)
        #expect(redeliver("t1", of: redeliveries) == .settled)
        clock.withLock { $0 += Redeliveries.memory }
        #expect(redeliver("t2", of: redeliveries) == .unknown)
    }
}

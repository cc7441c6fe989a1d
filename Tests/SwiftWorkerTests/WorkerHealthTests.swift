import BrokerModel
import Testing

@testable import SwiftWorker

/// The table of what makes a worker ready.
struct WorkerHealthTests {
    private let start = ContinuousClock.now

    private func after(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    private var down: LinkEvent {
        .disconnected(reason: "gone", endpoint: "memory", attempt: 0, limit: nil, retryIn: .zero)
    }

    /// A worker that is well at second 10.
    private func healthy(hasControlStore: Bool = true) -> WorkerHealth {
        var health = WorkerHealth(hasControlStore: hasControlStore, at: start)
        for link in [WorkerHealth.Link.consumer, .publisher] {
            health.take(.link(link, .connected(endpoint: "memory")), at: start)
        }
        health.take(.link(.consumer, .consuming(queues: ["a"])), at: start)
        freshen(&health, at: after(10))
        return health
    }

    private func freshen(
        _ health: inout WorkerHealth,
        at now: ContinuousClock.Instant,
        but without: WorkerHealth.Part? = nil,
        slots: (there: Int, wanted: Int) = (2, 2)
    ) {
        health.take(.beat(slots: slots.there, wanted: slots.wanted, poolStill: .zero), at: now)
        for part in [WorkerHealth.Part.consumer, .publisher, .controlStore, .results] where part != without {
            health.take(.answered(part, failure: nil), at: now)
        }
    }

    private func problems(_ health: WorkerHealth, at now: ContinuousClock.Instant) -> [WorkerHealth.Check] {
        health.findings(at: now).filter { !$0.isGood }.map(\.check)
    }

    @Test func nothingIsReadyBeforeItHasBeenSeen() {
        let health = WorkerHealth(hasControlStore: true, at: start)
        #expect(problems(health, at: start) == [.broker, .consumers, .publisher, .pool, .controlStore, .results])
        #expect(health.isAlive(at: start))
        #expect(!health.hasStarted)
    }

    @Test func allWellIsReadyAtOnce() {
        let health = healthy()
        #expect(problems(health, at: after(10)) == [])
        #expect(health.isReady(at: after(10)))
        #expect(health.hasStarted)
    }

    @Test func onlyWorkersWithAStoreAreAskedForIt() {
        #expect(!healthy(hasControlStore: false).checks.contains(.controlStore))
        #expect(healthy().checks.contains(.controlStore))
    }

    @Test func anOldAnswerIsNone() {
        let health = healthy()
        #expect(problems(health, at: after(13)) == [])
        #expect(problems(health, at: after(13.1)) == [.broker, .publisher, .controlStore, .results])
    }

    @Test(arguments: [
        (WorkerHealth.Part.consumer, WorkerHealth.Check.broker), (.publisher, .publisher),
        (.controlStore, .controlStore), (.results, .results),
    ])
    func aPartThatIsSilentOrSaysNoIsBad(_ part: WorkerHealth.Part, _ check: WorkerHealth.Check) {
        var health = healthy()
        freshen(&health, at: after(14), but: part)
        // The others were stale, too, until now.
        freshen(&health, at: after(16), but: part)
        #expect(problems(health, at: after(16)) == [check])
        freshen(&health, at: after(17))
        health.take(.answered(part, failure: "refused"), at: after(17))
        #expect(problems(health, at: after(18.5)).contains(check))
        #expect(health.findings(at: after(18.5)).first { $0.check == check }?.detail == "refused")
    }

    @Test func aLostConsumerConnectionIsNoConsumer() {
        var health = healthy()
        health.take(.link(.consumer, down), at: after(10))
        #expect(problems(health, at: after(10)) == [.broker, .consumers])
        #expect(health[.consumer].losses == 1)
        #expect(health.isAlive(at: after(10)))
        #expect(health.hasStarted)
    }

    @Test func aCancelledConsumerIsMissedUntilItIsBack() {
        var health = healthy()
        health.take(.link(.consumer, .consumerCancelled(queue: "a")), at: after(10))
        #expect(problems(health, at: after(10)) == [.consumers])
        health.take(.link(.consumer, .consuming(queues: ["a"])), at: after(10.1))
        #expect(problems(health, at: after(10.9)) == [.consumers])
        #expect(problems(health, at: after(11.1)) == [])
    }

    @Test func aProbeFindsAMissingConsumer() {
        var health = healthy()
        health.take(.missing(["a", "b"]), at: after(10))
        #expect(health.findings(at: after(10)).first { $0.check == .consumers }?.detail == "no consumer of 'a', 'b'")
        health.take(.missing([]), at: after(10.5))
        #expect(problems(health, at: after(11.5)) == [])
    }

    @Test(arguments: [WorkerHealth.Link.publisher, .events])
    func aBlockedBrokerTakesNothing(_ link: WorkerHealth.Link) {
        var health = healthy()
        health.take(.link(link, .blocked(reason: "low on memory")), at: after(10))
        #expect(problems(health, at: after(10)) == [.publisher])
        health.take(.link(link, .unblocked), at: after(11))
        #expect(problems(health, at: after(12)) == [])
    }

    @Test func controlAndEventsAreNoPartOfReadiness() {
        var health = healthy()
        health.take(.link(.control, down), at: after(10))
        health.take(.link(.events, down), at: after(10))
        #expect(problems(health, at: after(10)) == [])
        #expect(!health[.control].isUp)
    }

    @Test func aPoolMayBeWithoutSlotsForAMoment() {
        var health = healthy()
        health.take(.beat(slots: 0, poolStill: .zero), at: after(11))
        #expect(problems(health, at: after(11)) == [])
        health.take(.beat(slots: 0, poolStill: .zero), at: after(12))
        #expect(problems(health, at: after(12)) == [.pool])
        health.take(.beat(slots: 1, poolStill: .zero), at: after(12.5))
        #expect(problems(health, at: after(13)).contains(.pool))
        #expect(!problems(health, at: after(13.5)).contains(.pool))
    }

    @Test func aPoolThatIsToHaveNoSlotsNeedsNone() {
        var idle = WorkerHealth(hasControlStore: false, at: start)
        idle.take(.beat(slots: 0, wanted: 0, poolStill: .zero), at: start)
        #expect(!problems(idle, at: start).contains(.pool))
        var health = healthy()
        health.take(.beat(slots: 0, wanted: 0, poolStill: .zero), at: after(20))
        freshen(&health, at: after(30), slots: (0, 0))
        #expect(problems(health, at: after(31)) == [])
        // The first child starts, and has its time for it.
        freshen(&health, at: after(31), slots: (0, 1))
        #expect(problems(health, at: after(31.5)) == [])
        freshen(&health, at: after(33), slots: (0, 1))
        #expect(problems(health, at: after(33)) == [.pool])
    }

    @Test func threadsThatStandStillAreNotAlive() {
        var health = healthy()
        #expect(health.isAlive(at: after(19.9)))
        #expect(!health.isAlive(at: after(20)))
        health.take(.beat(slots: 2, poolStill: .seconds(10)), at: after(21))
        #expect(!health.isAlive(at: after(21)))
        health.take(.beat(slots: 2, poolStill: .zero), at: after(22))
        #expect(health.isAlive(at: after(22)))
    }

    @Test func aStoppingWorkerIsNotReadyButAlive() {
        var health = healthy()
        health.take(.stopping, at: after(10))
        #expect(problems(health, at: after(10)) == [.running])
        #expect(health.isAlive(at: after(10)))
    }

    @Test func longListsOfQueuesAreCut() {
        var health = healthy()
        health.take(.missing((1...9).map { "q\($0)" }), at: after(10))
        let detail = health.findings(at: after(10)).first { $0.check == .consumers }?.detail
        #expect(detail == "no consumer of 'q1', 'q2', 'q3', 'q4', 'q5' and 4 more")
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// ETAs, expiry and pauses in a worker on the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct DelayTests {
    private let body = "[[1, 2], {}, {}]"

    private func eta(_ harness: WorkerHarness, _ wait: Duration) -> FieldTable {
        ["eta": .string((harness.clock.now + wait).iso8601())]
    }

    /// Whether a delay queue is declared.
    private func isDelay(_ step: TopologyStep) -> Bool {
        if case .queue(let queue) = step { DelayTopology.isDelayed(queue.name) } else { false }
    }

    @Test func parksALongDelayAndRunsItInTime() async throws {
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerPrefetchMultiplier = 1 }) { Add() }
        try await harness.run {
            harness.send("tasks.add", id: "later", body: body, headers: eta(harness, .milliseconds(3600_400)))
            try await harness.settled(.ack)
            let delayed = try #require(harness.broker.delayed.first)
            #expect(delayed.delay == .seconds(3598) && delayed.queue == WorkerHarness.queue)
            #expect(delayed.message.body == Array(body.utf8))
            #expect(delayed.message.properties.headers?["id"] == "later")
            #expect(harness.worker.counters.parked.value == 1)

            harness.send("tasks.add", id: "now", body: body)
            #expect(try await harness.states(1).first?["task_id"] == "now")
            harness.clock.advance(by: .seconds(3598))
            try await eventually("it is here") { harness.worker.corridor.waitingRoom.count == 1 }
            #expect(harness.worker.counters.started.value == 1)
            harness.clock.advance(by: .milliseconds(2_400))
            #expect(try await harness.states(1).first?["task_id"] == "later")
            try await harness.settled(.ack, 3)
        }
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func declaresTheDelayQueuesBeforeTheFirstAndOnce() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            #expect(!harness.broker.declarations.contains(where: isDelay))
            for number in 0..<50 {
                harness.send("tasks.add", id: "t\(number)", body: body, headers: eta(harness, .seconds(100)))
            }
            try await harness.settled(.ack, 50)
            #expect(harness.broker.declarations.count(where: isDelay) == DelayTopology.levels)
            let isBound = harness.broker.declarations.contains { step in
                if case .bindQueue(let binding) = step {
                    binding.queue == WorkerHarness.queue && binding.exchange == DelayTopology.deliveryExchange
                } else {
                    false
                }
            }
            #expect(isBound)
            #expect(harness.broker.delayed.count == 50)
        }
    }

    @Test func declaresThemAtTheStartForAQuorumQueue() async throws {
        let harness = try WorkerHarness(queueArguments: ["x-queue-type": "quorum"]) { Add() }
        try await harness.run {
            try await eventually("declared") { harness.broker.declarations.count > 110 }
        }
        let other = try WorkerHarness(
            queueArguments: ["x-queue-type": "quorum"],
            configure: { $0.workerDetectQuorumQueues = false }
        ) { Add() }
        try await other.run {
            other.send("tasks.add", body: body)
            _ = try await other.states(1)
            #expect(!other.broker.declarations.contains(where: isDelay))
        }
    }

    @Test func parksShortDelaysToo() async throws {
        // Beyond the bound of the room.
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.maxHeld = 3 }) { Add() }
        try await harness.run {
            for number in 0..<10 {
                harness.send("tasks.add", id: "t\(number)", body: body, headers: eta(harness, .seconds(9)))
            }
            try await harness.settled(.ack, 7)
            #expect(harness.broker.delayed.map(\.delay) == Array(repeating: .seconds(7), count: 7))
            #expect(harness.worker.corridor.waitingRoom.count == 3)
            try await eventually("all", within: .seconds(40)) {
                harness.clock.advance(by: .milliseconds(500))
                try await Task.sleep(for: .milliseconds(5))
                return harness.worker.counters.succeeded.value == 10
            }
        }
    }

    @Test func keepsWhatTheBrokerRefusesAndTriesAgain() async throws {
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerPrefetchMultiplier = 1 }) { Add() }
        try await harness.run {
            harness.broker.refusePublishing(true)
            for number in 0..<5 {
                harness.send("tasks.add", id: "t\(number)", body: body, headers: eta(harness, .seconds(600)))
            }
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 5 }
            for _ in 0..<3 {
                harness.clock.advance(by: .seconds(5))
                try await eventually("held again") {
                    harness.worker.corridor.waitingRoom.count == 5 && harness.clock.sleeperCount >= 1
                }
            }
            // One try for the first, and one for each pause; no more.
            #expect((1...8).contains(harness.worker.counters.unpublished.value))
            #expect(harness.worker.counters.returned.value == 0)
            harness.broker.refusePublishing(false)
            for _ in 0..<2 {
                harness.clock.advance(by: .seconds(5))
                try await eventually("looked at") { harness.worker.corridor.parking.underWay.isEmpty }
            }
            try await eventually("parked") {
                harness.clock.advance(by: .seconds(1))
                return harness.broker.delayed.count == 5
            }
            try await harness.settled(.ack, 5)
        }
        #expect(harness.log.all.count { $0.contains("takes no delayed messages") } == 1)
        #expect(harness.log.contains("takes delayed messages again"))
    }

    @Test func givesBackAtTheHoldLimitWhatTheBrokerRefuses() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.broker.refusePublishing(true)
            harness.send("tasks.add", body: body, headers: eta(harness, .seconds(600)))
            try await eventually("given back, and here again") {
                harness.clock.advance(by: .seconds(1))
                return harness.broker.count(of: .requeue) >= 1 && harness.worker.corridor.waitingRoom.count == 1
            }
            #expect(harness.clock.now - Instant(secondsSince1970: 1_700_000_000) >= .seconds(30))
            harness.broker.refusePublishing(false)
        }
        #expect(harness.broker.readyCount(WorkerHarness.queue) + harness.broker.delayed.count == 1)
    }

    /// A queue that goes with its consumer can't be reached by the delay queues.
    @Test func waitsInMemoryForAQueueThatCannotBeBound() async throws {
        let harness = try WorkerHarness(change: { $0.queue.isAutoDelete = true }) { Add() }
        try await harness.run {
            harness.send("tasks.add", body: body, headers: eta(harness, .seconds(12)))
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            try await eventually("run") {
                harness.clock.advance(by: .seconds(1))
                return harness.worker.counters.succeeded.value == 1
            }
        }
        #expect(!harness.broker.declarations.contains(where: isDelay))
    }

    @Test func noticesThatTheClockWasSet() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", id: "soon", body: body, headers: eta(harness, .seconds(20)))
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            // Ten minutes later by the clock: its time has passed.
            harness.clock.set(by: .seconds(600))
            #expect(harness.worker.counters.started.value == 0)
            harness.clock.advance(by: .seconds(1))
            _ = try await harness.states(1)

            harness.send("tasks.add", id: "later", body: body, headers: eta(harness, .seconds(20)))
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            // An hour earlier: it has to wait for longer than it may be held.
            harness.clock.set(by: .seconds(-3600))
            harness.clock.advance(by: .seconds(1))
            try await eventually("parked") { harness.broker.delayed.count == 1 }
            #expect(harness.broker.delayed.first?.delay == .seconds(3617))
        }
    }

    @Test func expiresWhileItWaits() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            var headers = eta(harness, .seconds(20))
            headers["expires"] = .string((harness.clock.now + .seconds(10)).iso8601())
            harness.send("tasks.add", id: "late", body: body, headers: headers)
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            harness.clock.advance(by: .seconds(20))
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "REVOKED" && state["result"]?["exc_message"] == ["expired"])
            // Its id is revoked now, as in Celery (reference, 3.9).
            harness.send("tasks.add", id: "late", body: body)
            let second = try #require(try await harness.states(1).first)
            #expect(second["status"] == "REVOKED" && second["result"]?["exc_message"] == ["revoked"])
        }
        #expect(harness.worker.counters.started.value == 0)
        #expect(harness.worker.counters.expired.value == 1)
    }

    @Test func revokesWhatWaits() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", id: "gone", body: body, headers: eta(harness, .seconds(20)))
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            harness.worker.corridor.board.change { revocations, _ in revocations.ids.add("gone", at: .now) }
            harness.clock.advance(by: .seconds(20))
            #expect(try await harness.states(1).first?["status"] == "REVOKED")
        }
        #expect(harness.worker.counters.started.value == 0)
    }

    @Test func aPausedTaskWaitsInTheBrokerAgainAndAgain() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let pause = Pause(.task, "tasks.*", since: harness.clock.now)
            _ = harness.worker.corridor.board.change { _, pauses in pauses.add(pause) }
            harness.send("tasks.add", body: body)
            for count in 1...3 {
                try await harness.settled(.ack, count)
                #expect(harness.broker.delayed.map(\.delay) == [.seconds(30)])
                harness.clock.advance(by: .seconds(30))
            }
            try await harness.settled(.ack, 4)
            _ = harness.worker.corridor.board.change { _, pauses in pauses.lift(.task, "tasks.*") }
            harness.clock.advance(by: .seconds(30))
            #expect(try await harness.states(1).first?["result"] == 3)
        }
        #expect(harness.worker.counters.parked.value == 4)
    }

    @Test func givesBackWhatWaitsWhenItStops() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            for number in 0..<6 {
                harness.send("tasks.add", id: "t\(number)", body: body, headers: eta(harness, .seconds(20)))
            }
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 6 }
        }
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 6)
        #expect(harness.broker.count(of: .requeue) == 6)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func forgetsWhatWaitsWhenItsConnectionIsLost() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", body: body, headers: eta(harness, .seconds(20)))
            try await eventually("held") { harness.worker.corridor.waitingRoom.count == 1 }
            harness.broker.breakConnections()
            try await eventually("held again") {
                harness.worker.counters.dropped.value == 1 && harness.worker.corridor.waitingRoom.count == 1
            }
            harness.clock.advance(by: .seconds(20))
            _ = try await harness.states(1)
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.started.value == 1)
    }

    @Test func anExactWorkerHasSlotsBesideWhatWaits() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 2, configure: { $0.workerDisablePrefetch = true }) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
        }
        try await harness.run {
            for number in 0..<4 { harness.send("tasks.wait", id: "e\(number)", headers: eta(harness, .seconds(20))) }
            for number in 0..<3 { harness.send("tasks.wait", id: "f\(number)", headers: eta(harness, .seconds(90))) }
            for number in 0..<3 { harness.send("tasks.wait", id: "n\(number)") }
            try await eventually("two run") { gate.entered.count == 2 }
            try await eventually("parked") { harness.broker.delayed.count == 3 }
            #expect(harness.broker.readyCount(WorkerHarness.queue) == 1)
            gate.open()
            try await eventually("the third") { gate.entered.count == 3 }
            gate.remove()
            try await eventually("all that is ready") { harness.worker.counters.succeeded.value == 3 }
            #expect(harness.broker.delayed.map(\.delay) == Array(repeating: .seconds(88), count: 3))
            harness.clock.advance(by: .seconds(20))
            try await eventually("what waited") { harness.worker.counters.succeeded.value == 7 }
        }
    }
}

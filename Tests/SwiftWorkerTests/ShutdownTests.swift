import BrokerModel
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

@Suite(.timeLimit(.minutes(1))) struct ShutdownTests {
    @Test func aWarmShutdownFinishesWhatRunsAndReturnsTheRest() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        for number in 1...4 { harness.send("tasks.wait", id: "t\(number)") }
        let running = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        harness.worker.shutDown(.warm)
        try await harness.settled(.requeue, 3)
        gate.open()
        #expect(try await running.value == 0)
        #expect(harness.broker.count(of: .ack) == 1)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 3)
        #expect(harness.worker.counters.returned.value == 3)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func aColdShutdownCancelsBodiesAndReturnsLateAcked() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(concurrency: 1) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        harness.send("tasks.wait")
        let running = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        harness.worker.shutDown(.cold)
        #expect(try await running.value == 0)
        #expect(harness.broker.count(of: .requeue) == 1)
        #expect(harness.broker.count(of: .ack) == 0)
        #expect(harness.broker.readyCount(WorkerHarness.replies) == 0)
        #expect(harness.worker.counters.cancelled.value == 1)
    }

    @Test func aColdShutdownTellsOfEarlyAckedTasks() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(concurrency: 1) { Wait(gate: gate) }
        harness.send("tasks.wait")
        let running = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        harness.worker.shutDown(.cold)
        _ = try await running.value
        let state = try #require(try await harness.states(1).first)
        #expect(state["status"] == "RETRY")
        #expect(state["result"]?["exc_message"] == ["cancelled by Celery"])
    }

    @Test func aColdShutdownLeavesABlockedBodyBehind() async throws {
        let gate = Wait.Gate()
        defer { gate.remove() }
        let harness = try WorkerHarness(concurrency: 1) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        harness.send("tasks.wait")
        let running = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        harness.worker.shutDown(.cold)
        #expect(try await running.value == 0)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 1)
    }

    @Test func aLostConnectionDropsWhatHasNotStartedAndSettlesNothingTwice() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.adoptRedelivered = false }) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
        }
        try await harness.run {
            harness.send("tasks.wait", id: "t1")
            harness.send("tasks.wait", id: "t2")
            try await eventually("started") { gate.entered.count == 1 }
            harness.broker.breakConnections()
            gate.remove()
            // t1 ran on a delivery that is gone, so it and t2 are delivered again.
            try await harness.settled(.ack, 2)
            try await eventually("late settlement") { harness.worker.counters.connectionLost.value == 1 }
        }
        #expect(harness.worker.counters.started.value == 3)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 0)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func aResultThatCannotBeStoredIsCountedAndTheTaskIsSettled() async throws {
        let harness = try WorkerHarness { Add(options: TaskOptions(acksLate: true)) }
        try await harness.run {
            harness.broker.refusePublishing(true)
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.unstored.value == 1)
        #expect(harness.log.contains("error: Task tasks.add[t1]: state SUCCESS could not be stored"))
    }
}

import BrokerModel
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Late-acked tasks over a lost connection.
@Suite(.timeLimit(.minutes(1))) struct AdoptionTests {
    private static let late = TaskOptions(acksLate: true)

    @Test func aRunningTaskTakesItsRedeliveredMessageOver() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 3) { Wait(options: Self.late, gate: gate) }
        try await harness.run {
            for number in 1...5 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("started") { gate.entered.count == 3 }
            for round in 1...3 {
                harness.broker.breakConnections()
                try await eventually("taken over") { harness.worker.counters.adopted.value == 3 * round }
            }
            gate.remove()
            try await harness.settled(.ack, 5)
        }
        let counters = harness.worker.counters
        #expect(counters.started.value == 5)
        #expect(counters.succeeded.value == 5)
        #expect(counters.connectionLost.value == 0)
        #expect(harness.broker.leakedCount == 0)
        #expect(
            harness.log.contains("info: Task tasks.wait[t1] still runs here, and takes its redelivered message over")
        )
        #expect(harness.log.contains(" 0 lost, of "))
        #expect(!harness.log.contains("can't be acknowledged"))
    }

    @Test func aTaskThatEndedSinceIsSettledWhenItsMessageComes() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1) {
            Wait(options: Self.late, gate: gate)
            Add()
        }
        try await harness.run {
            harness.send("tasks.wait", id: "t1")
            try await eventually("started") { gate.entered.count == 1 }
            // The message comes when the task has ended.
            harness.broker.holdDeliveries(true)
            harness.broker.breakConnections()
            gate.remove()
            try await eventually("too late") { harness.worker.counters.connectionLost.value == 1 }
            harness.broker.holdDeliveries(false)
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.started.value == 1)
        #expect(harness.worker.counters.adopted.value == 1)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 0)
        #expect(harness.log.contains("info: Task tasks.wait[t1] has ended, but its connection is gone"))
    }

    @Test func withoutAdoptionItRunsTwiceAndSaysSo() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 2, configure: { $0.adoptRedelivered = false }) {
            Wait(options: Self.late, gate: gate)
        }
        try await harness.run {
            harness.send("tasks.wait")
            try await eventually("started") { gate.entered.count == 1 }
            harness.broker.breakConnections()
            try await eventually("again") { gate.entered.count == 2 }
            gate.remove()
            try await harness.settled(.ack)
            try await eventually("late settlement") { harness.worker.counters.connectionLost.value == 1 }
        }
        #expect(harness.log.contains("warning: 1 tasks with late acknowledgement go on although"))
    }

    @Test func aLostConnectionCancelsWhereTold() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(
            concurrency: 2,
            configure: { $0.workerCancelLongRunningTasksOnConnectionLoss = true },
            tasks: { Wait(options: Self.late, gate: gate) }
        )
        try await harness.run {
            harness.send("tasks.wait")
            try await eventually("started") { gate.entered.count == 1 }
            harness.broker.breakConnections()
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "RETRY")
            try await eventually("runs again") { gate.entered.count == 2 }
            harness.worker.shutDown(.cold)
        }
        #expect(harness.worker.counters.cancelled.value == 2)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 1)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func anEarlyAckedTaskIsNotCancelled() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            concurrency: 1,
            configure: { $0.workerCancelLongRunningTasksOnConnectionLoss = true },
            tasks: { Wait(gate: gate) }
        )
        try await harness.run {
            harness.send("tasks.wait")
            try await harness.settled(.ack)
            try await eventually("started") { gate.entered.count == 1 }
            harness.broker.breakConnections()
            gate.remove()
            #expect(try await harness.states(1).first?["status"] == "SUCCESS")
        }
        #expect(harness.worker.counters.cancelled.value == 0)
    }
}

import BrokerModel
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// A pool that grows and shrinks with the load (`--autoscale`).
@Suite(.timeLimit(.minutes(1))) struct AutoscaleWorkerTests {
    @Test(arguments: [0, 1]) func growsWithTheLoadAndShrinksAfterIt(_ minimum: Int) async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            autoscaleKeepalive: .milliseconds(50),
            configure: { $0.autoscale = AutoscaleBounds(4, minimum) },
            tasks: { Wait(gate: gate) }
        )
        let pool = harness.worker.corridor.pool
        try await harness.run {
            #expect(pool.capacity == minimum)
            for number in 0..<3 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("three run") { gate.entered.count == 3 }
            #expect(pool.capacity == 3)
            for number in 3..<10 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("four run") { gate.entered.count == 4 }
            #expect(pool.capacity == 4)
            gate.remove()
            try await harness.settled(.ack, 10)
            try await eventually("idle") { pool.capacity == minimum }
            harness.send("tasks.wait", id: "last")
            try await harness.settled(.ack, 11)
        }
    }

    @Test func prefetchFollowsTheMaximum() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            configure: {
                $0.autoscale = AutoscaleBounds(3, 1)
                $0.workerPrefetchMultiplier = 2
            },
            tasks: { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        )
        for number in 0..<10 { harness.send("tasks.wait", id: "t\(number)") }
        try await harness.run {
            try await eventually("six held") { harness.broker.readyCount(WorkerHarness.queue) == 4 }
            try await eventually("three run") { gate.entered.count == 3 }
            gate.remove()
            try await harness.settled(.ack, 10)
        }
    }

    @Test func sharesItsSlotsExactly() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            configure: {
                $0.autoscale = AutoscaleBounds(3, 0)
                $0.workerDisablePrefetch = true
            },
            tasks: { Wait(gate: gate) }
        )
        for number in 0..<10 { harness.send("tasks.wait", id: "t\(number)") }
        try await harness.run {
            try await eventually("three run") {
                gate.entered.count == 3 && harness.broker.readyCount(WorkerHarness.queue) == 7
            }
            gate.remove()
            try await harness.settled(.ack, 10)
        }
        #expect(harness.worker.counters.returned.value == 0)
    }
}

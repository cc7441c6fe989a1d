import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// A worker that holds no more messages than it has free slots (`worker_disable_prefetch`).
@Suite(.timeLimit(.minutes(1))) struct ExactPrefetchWorkerTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let acksLate: Bool
        let queues: [String]
        var testDescription: String { "acks late: \(acksLate), \(queues.count) queues" }
    }

    @Test(arguments: [
        Row(acksLate: true, queues: ["a"]), Row(acksLate: false, queues: ["a"]),
        Row(acksLate: true, queues: ["a", "b", "c"]), Row(acksLate: false, queues: ["a", "b", "c"]),
    ])
    func leavesInTheQueueWhatHasNoSlot(_ row: Row) async throws {
        let gate = Wait.Gate()
        let slots = 2
        let total = 12
        let harness = try WorkerHarness(
            concurrency: slots,
            queues: row.queues,
            configure: { $0.workerDisablePrefetch = true },
            tasks: { Wait(options: TaskOptions(acksLate: row.acksLate), gate: gate) }
        )
        let ready = { row.queues.map(harness.broker.readyCount).reduce(0, +) }
        for number in 0..<total {
            harness.send("tasks.wait", id: "t\(number)", queue: row.queues[number % row.queues.count])
        }
        try await harness.run {
            for done in 0...total {
                let running = min(slots, total - done)
                try await eventually("\(running) run after \(done), \(ready()) ready") {
                    gate.entered.count == done + running && ready() == total - done - running
                }
                gate.open()
            }
            try await harness.settled(.ack, total)
        }
        #expect(harness.worker.counters.started.value == total)
        if row.queues.count == 1 { #expect(harness.worker.counters.returned.value == 0) }
        #expect(harness.broker.leakedCount == 0)
        #expect(harness.log.contains(" 0 lost, of "))
    }

    @Test func whatWaitsForItsETATakesNoSlot() async throws {
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerDisablePrefetch = true }) {
            Add(options: TaskOptions(acksLate: true))
        }
        try await harness.run {
            let due = (harness.clock.now + .seconds(20)).iso8601()
            for number in 0..<3 {
                let id = "later\(number)"
                harness.send("tasks.add", id: id, body: "[[1, 1], {}, {}]", headers: ["eta": .string(due)])
            }
            harness.send("tasks.add", id: "now", body: "[[2, 2], {}, {}]")
            #expect(try await harness.states(1).first?["task_id"] == "now")
            harness.clock.advance(by: .seconds(60))
            #expect(try await harness.states(3).count == 3)
            try await harness.settled(.ack, 4)
        }
    }

    @Test func goesOnAfterALostConnectionWhilePaused() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerDisablePrefetch = true }) {
            Wait(gate: gate)
        }
        try await harness.run {
            for number in 0..<4 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("one runs") {
                gate.entered.count == 1 && harness.broker.readyCount(WorkerHarness.queue) == 3
            }
            harness.broker.breakConnections()
            gate.remove()
            try await harness.settled(.ack, 4)
        }
        #expect(harness.worker.counters.started.value == 4)
    }

    @Test func stopsWhilePaused() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerDisablePrefetch = true }) {
            Wait(gate: gate)
        }
        for number in 0..<4 { harness.send("tasks.wait", id: "t\(number)") }
        try await harness.run {
            try await eventually("one runs") { gate.entered.count == 1 }
            harness.worker.shutDown(.warm)
            try await eventually("nothing more starts") { harness.worker.corridor.waitingRoom.isClosed }
            gate.remove()
        }
        #expect(harness.worker.counters.started.value == 1)
        #expect(harness.broker.readyCount(WorkerHarness.queue) == 3)
        #expect(harness.broker.leakedCount == 0)
    }
}

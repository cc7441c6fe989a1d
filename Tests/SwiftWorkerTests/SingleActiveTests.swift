import BrokerModel
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Queues that the broker delivers to one consumer at a time.
@Suite(.timeLimit(.minutes(1))) struct SingleActiveTests {
    @Test(arguments: [true, false]) func theNextWorkerBeginsWhenTheTasksOfTheFirstHaveEnded(_ acksLate: Bool)
        async throws
    {
        let broker = InMemoryBroker()
        let gates = [Wait.Gate(), Wait.Gate()]
        let options = TaskOptions(acksLate: acksLate)
        let workers = try gates.map { gate in
            try WorkerHarness(concurrency: 1, broker: broker, isSingleActive: true) {
                Wait(options: options, gate: gate)
            }
        }
        let first = Task { try await workers[0].worker.run() }
        try await eventually("the first consumes") { broker.consumerCount(of: WorkerHarness.queue) == 1 }
        let second = Task { try await workers[1].worker.run() }
        try await eventually("both consume") { broker.consumerCount(of: WorkerHarness.queue) == 2 }
        for number in 0..<4 { workers[0].send("tasks.wait", id: "t\(number)") }
        try await eventually("one runs") { gates[0].entered.count == 1 }
        workers[0].worker.shutDown(.warm)
        try await eventually("the intake has stopped") {
            workers[0].worker.corridor.returns.hold == .queues([WorkerHarness.queue])
        }
        // Its consumer keeps its place: nobody else is delivered to.
        #expect(broker.consumerCount(of: WorkerHarness.queue) == 2)
        #expect(gates[1].entered.count == 0)
        gates[0].remove()
        #expect(try await first.value == 0)
        #expect(gates[0].entered.count == 1)
        try await eventually("the second has begun") { gates[1].entered.count == 1 }
        gates[1].remove()
        try await workers[0].settled(.ack, 4)
        workers[1].worker.shutDown(.warm)
        #expect(try await second.value == 0)
        #expect(gates[1].entered.count == 3)
        #expect(broker.leakedCount == 0)
        #expect(broker.readyCount(WorkerHarness.queue) == 0)
    }

    /// A queue that is left when its task ends keeps no other one waiting, whose messages would go round and round meanwhile.
    @Test(arguments: [true, false]) func pausingAllWaitsForNoTask(_ acksLate: Bool) async throws {
        let gate = Wait.Gate()
        let harness = try harness(gate, acksLate)
        try await harness.run {
            for number in 0..<2 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("one runs") { gate.entered.count == 1 }
            try await harness.expect(["ok": "paused queues '*'"], from: "pause", ["queue": "*"])
            try await eventually("the other is left") { harness.broker.consumerCount(of: "other") == 0 }
            #expect(harness.broker.consumerCount(of: WorkerHarness.queue) == 1)
            let received = harness.worker.counters.received.value
            harness.send("tasks.add", id: "elsewhere", queue: "other", body: "[[1, 2], {}, {}]")
            gate.open()
            try await eventually("left") { harness.broker.consumerCount(of: WorkerHarness.queue) == 0 }
            try await eventually("given back") { harness.broker.readyCount(WorkerHarness.queue) == 1 }
            #expect(harness.broker.readyCount("other") == 1)
            #expect(harness.worker.counters.received.value <= received + 1 && gate.entered.count == 1)
            try await harness.expect(["ok": "resumed queues '*'"], from: "resume", ["queue": "*"])
            try await eventually("the second runs") { gate.entered.count == 2 }
            gate.open()
            try await eventually("all is done") { harness.worker.counters.succeeded.value == 3 }
        }
        #expect(harness.broker.leakedCount == 0)
    }

    @Test(arguments: [true, false]) func aCancelledOneIsLeftWhenItsTaskEnds(_ acksLate: Bool) async throws {
        let gate = Wait.Gate()
        let harness = try harness(gate, acksLate)
        try await harness.run {
            for number in 0..<3 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("one runs") { gate.entered.count == 1 }
            _ = try await harness.command("cancel_consumer", ["queue": .string(WorkerHarness.queue)])
            // The other queue's commands are followed meanwhile.
            _ = try await harness.command("cancel_consumer", ["queue": "other"])
            try await eventually("the other is left") { harness.broker.consumerCount(of: "other") == 0 }
            #expect(harness.broker.consumerCount(of: WorkerHarness.queue) == 1)
            // One that is wanted again is consumed again, but not before it was left.
            gate.open()
            try await eventually("left") { harness.broker.consumerCount(of: WorkerHarness.queue) == 0 }
            try await eventually("given back") { harness.broker.readyCount(WorkerHarness.queue) == 2 }
            #expect(gate.entered.count == 1)
            _ = try await harness.command("add_consumer", ["queue": .string(WorkerHarness.queue)])
            try await eventually("the second runs") { gate.entered.count == 2 }
            gate.remove()
            try await eventually("all is done") { harness.worker.counters.succeeded.value == 3 }
        }
        #expect(harness.broker.leakedCount == 0)
    }

    private func harness(_ gate: Wait.Gate, _ acksLate: Bool) throws -> WorkerHarness {
        try WorkerHarness(
            concurrency: 1,
            queues: [WorkerHarness.queue, "other"],
            change: { queue in
                guard queue.queue.name == WorkerHarness.queue else { return }
                queue.queue.arguments[QueueTopology.singleActiveConsumer] = .bool(true)
            }
        ) {
            Wait(options: TaskOptions(acksLate: acksLate), gate: gate)
            Add(options: TaskOptions(acksLate: acksLate))
        }
    }

    @Test func holdsOneMessageWhateverThePrefetch() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(concurrency: 4, isSingleActive: true) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
        }
        for number in 0..<4 { harness.send("tasks.wait", id: "t\(number)") }
        try await harness.run {
            for done in 0..<4 {
                try await eventually("one runs") {
                    gate.entered.count == done + 1 && harness.broker.readyCount(WorkerHarness.queue) == 3 - done
                }
                gate.open()
                try await harness.settled(.ack, done + 1)
            }
        }
    }
}

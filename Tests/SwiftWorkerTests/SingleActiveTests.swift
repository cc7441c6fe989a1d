import BrokerModel
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

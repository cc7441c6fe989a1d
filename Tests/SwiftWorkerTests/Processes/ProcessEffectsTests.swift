import BrokerModel
import Foundation
import JSON
import OrderedCollections
import PoolTasks
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// What bodies in child processes have asked for, when the child or the pool is gone before it is done.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ProcessEffectsTests {
    @Test func aPoolMayEndBeforeWhatItsBodiesAskedFor() async throws {
        let harness = try PoolHarness(.prefork, 1)
        try await harness.run {
            harness.effects.publishing.withLock { $0 = .held }
            try harness.submit(["t"], of: Publish(), ["count": 1])
            try await eventually("it is published") { harness.effects.heldCount == 1 }
            #expect(harness.pool.stop().isEmpty)
            await harness.pool.finish()
            #expect(harness.ends.ids.isEmpty && harness.ends.due.withLock { $0 } == 1)
            harness.effects.release()
            #expect(harness.ends.ids == ["t"] && harness.ends.due.withLock { $0 } == 0)
        }
    }

    @Test(arguments: [false, true]) func aShutdownWaitsForIt(_ acksLate: Bool) async throws {
        let isHeld = Lock(false)
        let isOpen = Lock(false)
        let harness = try WorkerHarness(
            pool: .prefork,
            concurrency: 1,
            wrap: { base in
                let broker = TappedBroker(base)
                broker.before { message in
                    guard message.properties.headers?["task"] == "tasks.add" else { return }
                    isHeld.withLock { $0 = true }
                    while !isOpen.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(2)) }
                }
                return broker
            },
            configure: { $0.taskAcksLate = acksLate },
            tasks: { Publish() }
        )
        harness.send(Publish.name, body: #"[[], {"count": 1}, {}]"#)
        let run = Task { try await harness.worker.run() }
        defer { isOpen.withLock { $0 = true } }
        try await eventually("it is published") { isHeld.withLock { $0 } }
        harness.worker.shutDown(.warm)
        await harness.worker.corridor.pool.finish()
        #expect(harness.worker.corridor.completion.underWayCount == 1)
        isOpen.withLock { $0 = true }
        let code = try await run.value
        #expect(code == 0)
        #expect(try await harness.states(1).first?["status"] == "SUCCESS")
        #expect(harness.broker.count(of: .ack) == 1 && harness.broker.count(of: .requeue) == 0)
        #expect(harness.log.all.last?.contains(" 0 lost, of 1 received") == true)
    }

    @Test func theOutcomeOfADeadChildCountsHoweverMuchItsBodyAskedFor() async throws {
        let gate = try Gate()
        defer { gate.remove() }
        let harness = try PoolHarness(.prefork, 1)
        try await harness.run {
            harness.effects.publishing.withLock { $0 = .held }
            // So many that the rest, and the outcome, stay unread; and so few that the channel holds them.
            let count = JobEffects.limit + 30
            try harness.submit(
                ["t"],
                of: Publish(),
                ["count": .integer(Int64(count)), "folder": .string(gate.folder)]
            )
            try await eventually("all is handed over") { gate.entered == ["t"] }
            // The outcome follows at once.
            try await Task.sleep(for: .milliseconds(500))
            #expect(harness.effects.heldCount == JobEffects.limit)
            kill(try #require(harness.ends.process(of: "t")), SIGKILL)
            try await eventually("all is heard") { harness.effects.heldCount == count }
            harness.effects.release()
            try await eventually("the end") { harness.ends.ids == ["t"] }
            guard case .success = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
        }
    }
}

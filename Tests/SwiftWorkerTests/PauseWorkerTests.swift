import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Pausing and resuming queues and tasks, with the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct PauseWorkerTests {
    @Test func aPausedQueueIsNotConsumedAndKeepsItsMessages() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .solo, queues: ["work", "other"]) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
            Add(options: TaskOptions(acksLate: true))
        }
        try await harness.run {
            harness.send("tasks.wait", id: "runs")
            try await eventually("started") { gate.entered.count == 1 }
            let eta = (harness.clock.now + .seconds(20)).iso8601()
            harness.send("tasks.add", id: "eta", headers: ["eta": .string(eta)])
            harness.send("tasks.add", id: "queued")
            try await eventually("received") { harness.worker.counters.received.value == 3 }
            let reply = try await harness.command("pause", ["queue": "wo*", "reason": "a test"])
            #expect(reply == ["ok": "paused queues 'wo*'"])
            // What runs goes on; what waits is back, and stays there.
            try await eventually("given back") { harness.broker.readyCount("work") == 2 }
            #expect(harness.broker.consumerCount(of: "work") == 0)
            #expect(harness.worker.state.contains("queues 'wo*': a test"))
            gate.open()
            harness.send("tasks.add", id: "elsewhere", queue: "other", body: "[[1, 2], {}, {}]")
            _ = try await harness.states(2)
            #expect(harness.broker.readyCount("work") == 2)

            try await harness.expect(["ok": "resumed queues 'wo*'"], from: "resume", ["queue": "wo*"])
            try await eventually("received again") { harness.worker.counters.received.value == 6 }
            try await harness.expect(["ok": "not paused: queues 'wo*'"], from: "resume", ["queue": "wo*"])
            harness.clock.advance(by: .seconds(21))
            _ = try await harness.states(2)
        }
        #expect(harness.worker.counters.returned.value == 2)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func aPausedTaskIsParkedAndComesAgain() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .solo) {
            Wait(options: TaskOptions(acksLate: true), gate: gate)
            Add(options: TaskOptions(acksLate: true))
        }
        try await harness.run {
            harness.send("tasks.wait", id: "runs")
            try await eventually("started") { gate.entered.count == 1 }
            harness.send("tasks.add", id: "waits", body: "[[1, 2], {}, {}]")
            try await eventually("received") { harness.worker.counters.received.value == 2 }
            try await harness.expect(["ok": "paused tasks 'tasks.a*'"], from: "pause", ["task": "tasks.a*"])
            try await eventually("parked") { harness.worker.counters.parked.value == 1 }
            harness.send("tasks.add", id: "later", body: "[[1, 2], {}, {}]")
            try await eventually("parked") { harness.worker.counters.parked.value == 2 }
            gate.open()
            try await harness.expectState("task_id", "runs")
            try await harness.expect(["ok": "resumed tasks 'tasks.a*'"], from: "resume", ["task": "tasks.a*"])
            harness.clock.advance(by: .seconds(31))
            let states = try await harness.states(2)
            #expect(Set(states.map { $0["task_id"]?.string }) == ["waits", "later"])
        }
        #expect(harness.worker.counters.received.value == 5)
    }

    /// The pause of one worker's queue does not reach across a lost connection, and neither does its end get lost.
    @Test func aPauseOutlivesAReconnect() async throws {
        let harness = try WorkerHarness(queues: ["work", "other"]) { Add() }
        try await harness.run {
            _ = try await harness.command("pause", ["queue": "work"])
            try await eventually("no consumer") { harness.broker.consumerCount(of: "work") == 0 }
            harness.broker.breakConnections()
            try await eventually("consumes again") { harness.broker.consumerCount(of: "other") == 1 }
            #expect(harness.broker.consumerCount(of: "work") == 0)
            _ = try await harness.command("resume", ["queue": "work"])
            try await eventually("consumer") { harness.broker.consumerCount(of: "work") == 1 }
        }
    }

    @Test func tooManyPausesAreRefused() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.worker.corridor.board.change { _, pauses in
                for number in 0..<Pauses.maximum {
                    _ = pauses.add(Pause(.task, "x\(number)", since: harness.clock.now))
                }
            }
            let reply = try await harness.command("pause", ["task": "one.more"])
            #expect(reply["error"]?.string?.contains("1000 pauses") == true)
        }
    }
}

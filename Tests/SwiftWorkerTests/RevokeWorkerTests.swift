import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Revoking and terminating on a worker, with the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct RevokeWorkerTests {
    private func result(_ state: JSONValue?, is reason: String) {
        #expect(state?["status"] == "REVOKED")
        #expect(state?["result"]?["exc_type"] == "TaskRevokedError")
        #expect(state?["result"]?["exc_message"] == [.string(reason)])
        #expect(state?["result"]?["exc_module"] == "celery.exceptions")
    }

    @Test func whatComesLaterIsDiscarded() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let reply = try await harness.command("revoke", ["task_id": "t1", "terminate": false, "signal": "SIGTERM"])
            #expect(reply == ["ok": "tasks {'t1'} flagged as revoked"])
            harness.send("tasks.add")
            result(try await harness.states(1).first, is: "revoked")
            harness.send("tasks.add", id: "t2", body: "[[1, 2], {}, {}]")
            try await harness.expectState("result", 3)
        }
        #expect(harness.worker.counters.revoked.value == 1)
        #expect(harness.log.contains("info: Tasks flagged as revoked: t1"))
        #expect(harness.log.contains("info: Discarding revoked task: tasks.add[t1]"))
    }

    /// One waits for its ETA, one for a slot; both are told of at once.
    @Test func whatWaitsIsDiscardedAtOnce() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .solo) {
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
            let reply = try await harness.command("revoke", ["task_id": ["eta", "queued"], "terminate": true])
            #expect(reply == ["ok": "terminate: eta, queued"])
            for state in try await harness.states(2) { result(state, is: "revoked") }
            // Two tasks, and the request.
            try await harness.settled(.ack, 3)
            gate.open()
        }
        #expect(harness.worker.counters.revoked.value == 2)
        #expect(harness.worker.counters.succeeded.value == 1)
    }

    @Test(arguments: [PoolKind.threads, .solo])
    func whatRunsIsTerminated(_ pool: PoolKind) async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(pool: pool) { Wait(options: TaskOptions(acksLate: true), gate: gate) }
        try await harness.run {
            harness.send("tasks.wait")
            try await eventually("started") { gate.entered.count == 1 }
            // Without termination it goes on.
            _ = try await harness.command("revoke", ["task_id": "t1"])
            #expect(harness.worker.corridor.pool.running.count == 1)
            let reply = try await harness.command("terminate", ["signal": "KILL", "task_id": ["t1", "unknown"]])
            #expect(reply == ["ok": "terminate: t1"])
            result(try await harness.states(1).first, is: "terminated")
            try await harness.settled(.ack, 3)
            let unknown = try await harness.command("revoke", ["task_id": ["unknown"], "terminate": true])
            #expect(unknown == ["ok": "terminate: tasks unknown"])
        }
        #expect(harness.log.contains("info: Terminating t1 (9)"))
        #expect(harness.worker.counters.revoked.value == 1)
    }

    @Test func byStamp() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let harness = try WorkerHarness(pool: .solo) {
            Wait(gate: gate)
            Add()
        }
        func stamps(_ tenant: String) -> FieldTable {
            ["stamps": .table(["tenant": .array([.string(tenant)])]), "stamped_headers": .array(["tenant"])]
        }
        try await harness.run {
            harness.send("tasks.wait", id: "runs", headers: stamps("a"))
            try await eventually("started") { gate.entered.count == 1 }
            harness.send("tasks.add", id: "waits", headers: stamps("a"))
            harness.send("tasks.add", id: "other", body: "[[1, 2], {}, {}]", headers: stamps("b"))
            try await eventually("received") { harness.worker.counters.received.value == 3 }
            let arguments: JSONObject = ["headers": ["tenant": ["a"]], "terminate": true, "signal": "SIGTERM"]
            let reply = try await harness.command("revoke_by_stamped_headers", arguments)
            #expect(reply == ["ok": "headers defaultdict(<class 'set'>, {'tenant': {'a'}}) revoked"])
            let states = try await harness.states(3)
            #expect(Set(states.map { $0["status"]?.string }) == ["REVOKED", "SUCCESS"])
            #expect(states.count { $0["status"] == "REVOKED" } == 2)
        }
        #expect(harness.log.contains("tasks.add[waits] (revoked by header: {'tenant': 'a'})"))
    }

    /// Expired and revoked is expired, as in Celery.
    @Test func expiryCountsFirst() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            _ = try await harness.command("revoke", ["task_id": "t1"])
            let past = (harness.clock.now - .seconds(5)).iso8601()
            harness.send("tasks.add", headers: ["expires": .string(past)])
            result(try await harness.states(1).first, is: "expired")
        }
    }

    @Test func aRevokedErrorIsStoredAlthoughResultsAreIgnored() async throws {
        let options = TaskOptions(ignoreResult: true, storeErrorsEvenIfIgnored: true)
        let harness = try WorkerHarness { Add(options: options) }
        try await harness.run {
            _ = try await harness.command("revoke", ["task_id": "t1"])
            harness.send("tasks.add")
            result(try await harness.states(1).first, is: "revoked")
        }
    }

    /// Between receipt and start no task slips through: once a revoke is answered, none of its tasks starts.
    @Test func nothingStartsBehindARevoke() async throws {
        let started = BlockingQueue<String>()
        let harness = try WorkerHarness(concurrency: 4) { Note(started: started) }
        try await harness.run {
            for round in 0..<20 {
                let ids = (0..<50).map { "\(round)-\($0)" }
                for id in ids { harness.send("tasks.note", id: id) }
                let reply = try await harness.command("revoke", ["task_id": .array(ids.map(JSONValue.string))])
                #expect(reply["ok"]?.string?.hasSuffix("flagged as revoked") == true)
                let before = started.count
                try await eventually("all ended") {
                    let counters = harness.worker.counters
                    return counters.succeeded.value + counters.revoked.value == 50 * (round + 1)
                }
                // One may have passed its last check just before.
                #expect(started.count - before <= 4)
            }
            _ = try await harness.states(1000)
        }
        #expect(harness.broker.leakedCount == 0)
    }

    private struct Note: WorkerTask {
        static let name = "tasks.note"
        struct Arguments: Decodable {}

        let started: BlockingQueue<String>

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Nothing {
            started.append(context.request.id)
            return Nothing()
        }
    }
}

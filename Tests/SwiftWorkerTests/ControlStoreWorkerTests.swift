import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing

@testable import SwiftWorker

/// What a worker keeps in its control store, and what it does when that fails.
@Suite(.timeLimit(.minutes(1))) struct ControlStoreWorkerTests {
    private let unavailable = ControlStoreError(.unavailable, "no connection")

    private func harness(_ store: MemoryControlStore) throws -> WorkerHarness {
        try WorkerHarness(queues: ["work", "other"], controlStore: store) { Add(options: TaskOptions(acksLate: true)) }
    }

    @Test func whatIsKeptIsInForceBeforeTheFirstMessage() async throws {
        let since = Instant(secondsSince1970: 1_600_000_000)
        let store = MemoryControlStore(
            ControlState(
                revokedIDs: ["t1"],
                revokedStamps: [RevokedStamp(name: "tenant", value: "a")],
                pauses: [
                    .init(ControlPause(.queue, "other"), since: since),
                    .init(ControlPause(.task, "*.sub"), since: since),
                ],
                rateLimits: ["tasks.add": "10/m", "tasks.elsewhere": "1/h"],
                timeLimits: ["tasks.add": KeptTimeLimits(soft: nil, hard: 5)]
            )
        )
        let harness = try harness(store)
        harness.send("tasks.add")
        harness.send("tasks.add", id: "t2", queue: "other")
        try await harness.run {
            try await harness.expectState("status", "REVOKED")
            #expect(harness.broker.consumerCount(of: "other") == 0)
            #expect(harness.broker.readyCount("other") == 1)
            #expect(harness.worker.corridor.board.pauses.map(\.pattern) == ["other", "*.sub"])
            #expect(harness.worker.counters.received.value == 1)
        }
        #expect(
            harness.log.contains(
                "control: 1 revoked tasks, 1 revoked stamps, 2 pauses, 2 changed rate limits and 1 changed time limits are in force"
            )
        )
    }

    @Test func changesAreKeptBeforeTheReply() async throws {
        let store = MemoryControlStore()
        let harness = try harness(store)
        try await harness.run {
            _ = try await harness.command("revoke", ["task_id": ["a", "b"]])
            #expect(await store.changes == [.revoked(ids: ["a", "b"])])
            _ = try await harness.command("revoke_by_stamped_headers", ["headers": ["tenant": ["x", "y"]]])
            _ = try await harness.command("pause", ["task": "v.*", "reason": "why"], destination: ["test@host"])
            _ = try await harness.command("resume", ["task": "v.*"])
            _ = try await harness.command("rate_limit", ["task_name": "tasks.add", "rate_limit": "600/m"])
            _ = try await harness.command("rate_limit", ["task_name": "tasks.add", "rate_limit": 0])
            _ = try await harness.command("time_limit", ["task_name": "tasks.add", "soft": 5, "hard": .null])
            _ = try await harness.command("ping")
            _ = try await harness.command("rate_limit", ["task_name": "tasks.none", "rate_limit": 0])
        }
        let stamps = ["x", "y"].map { RevokedStamp(name: "tenant", value: .string($0)) }
        let pause = ControlChange.paused(ControlPause(.task, "v.*", reason: "why"), since: harness.clock.now)
        #expect(
            await store.changes == [
                .revoked(ids: ["a", "b"]), .revokedStamps(stamps), pause, .resumed(.task, pattern: "v.*"),
                .rateLimit(task: "tasks.add", limit: "10/s"), .rateLimit(task: "tasks.add", limit: ""),
                .timeLimits(task: "tasks.add", KeptTimeLimits(soft: 5, hard: nil)),
            ]
        )
        #expect(
            await store.scopes == [
                .everyone, .everyone, .node("test@host"), .everyone, .everyone, .everyone, .everyone,
            ]
        )
    }

    @Test func aStoreOutOfReachIsToldAndTriedAgain() async throws {
        let store = MemoryControlStore()
        let harness = try harness(store)
        try await harness.run {
            try await eventually("ready") { harness.log.contains("test@host ready.") }
            await store.fail(with: unavailable)
            for id in ["t1", "t2"] {
                let reply = try await harness.command("revoke", ["task_id": .string(id)])
                #expect(reply == ["error": "in force here, but not kept over a restart: no connection"])
            }
            harness.send("tasks.add")
            try await harness.expectState("status", "REVOKED")
            try await harness.expect(["ok": "pong"], from: "ping")
            await store.fail(with: nil)
            _ = try await harness.command("revoke", ["task_id": "t3"])
            #expect(await store.changes == ["t1", "t2", "t3"].map { .revoked(ids: [$0]) })
        }
        #expect(harness.worker.counters.controlUnkept.value >= 2)
    }

    @Test func whatTheStoreRefusesIsNotTriedAgain() async throws {
        let store = MemoryControlStore()
        let harness = try harness(store)
        try await harness.run {
            try await eventually("ready") { harness.log.contains("test@host ready.") }
            await store.fail(with: ControlStoreError(.refused, "no such thing"))
            let reply = try await harness.command("revoke", ["task_id": "t1"])
            #expect(reply["error"]?.string?.contains("no such thing") == true)
            await store.fail(with: nil)
            _ = try await harness.command("revoke", ["task_id": "t2"])
            #expect(await store.changes == [.revoked(ids: ["t2"])])
        }
    }

    @Test func aWorkerDoesNotStartWithoutKnowingWhatMustNotRun() async throws {
        let store = MemoryControlStore(failure: ControlStoreError(.refused, "of a newer version"))
        let harness = try harness(store)
        harness.send("tasks.add")
        let error = await #expect(throws: WorkerError.self) { try await harness.worker.run() }
        #expect(error?.code == .controlStore)
        #expect(harness.worker.counters.received.value == 0)
    }

    @Test func aWorkerWaitsForItsStore() async throws {
        let store = MemoryControlStore(failure: unavailable)
        let harness = try harness(store)
        try await harness.run {
            try await eventually("an attempt") { await store.attempts > 0 }
            #expect(!harness.log.contains("ready."))
            await store.fail(with: nil)
            try await eventually("ready") { harness.log.contains("test@host ready.") }
        }
    }

    @Test func aWorkerThatWaitsForItsStoreCanBeStopped() async throws {
        let store = MemoryControlStore(failure: unavailable)
        let harness = try harness(store)
        let code = try await harness.run {
            try await eventually("an attempt") { await store.attempts > 0 }
        }
        #expect(code == 0)
        #expect(harness.worker.counters.received.value == 0)
    }

    /// What was commanded while the connection was lost is not missed.
    @Test func whatIsKeptIsReadAgainAfterAReconnect() async throws {
        let store = MemoryControlStore()
        let harness = try harness(store)
        try await harness.run {
            try await harness.expect(["ok": "pong"], from: "ping")
            _ = try await harness.command("pause", ["task": "old"])
            await store.set(
                ControlState(
                    revokedIDs: ["t1"],
                    pauses: [.init(ControlPause(.queue, "other"), since: harness.clock.now)]
                )
            )
            harness.broker.breakConnections()
            try await eventually("paused") { harness.broker.consumerCount(of: "other") == 0 }
            #expect(harness.worker.corridor.board.pauses.map(\.pattern) == ["other"])
            harness.send("tasks.add")
            try await harness.expectState("status", "REVOKED")
        }
    }
}

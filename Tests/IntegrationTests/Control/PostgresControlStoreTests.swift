import CeleryProtocol
import ControlStores
import JSON
import OrderedCollections
import Postgres
import SwiftWorker
import Testing

/// The control store in a real PostgreSQL.
@Suite(.timeLimit(.minutes(2))) struct PostgresControlStoreTests {
    private let limits = ControlLimits()
    private let since = Instant(secondsSince1970: 1_700_000_000)

    /// Lends a store, and a client of its database.
    private func withStore(_ body: (PostgresControlStore, PostgresClient) async throws -> Void) async throws {
        try await PostgresServer.withDatabase { configuration in
            let client = PostgresClient(configuration)
            defer { client.close() }
            try await body(PostgresControlStore(configuration), client)
        }
    }

    @Test func anEmptyStoreKnowsNothing() async throws {
        try await withStore { store, client in
            #expect(try await store.load(for: "w1@h", limits) == ControlState())
            #expect(try await store.load(for: "w1@h", limits) == ControlState())
            let version = try await client.query("SELECT version FROM swiftworker_control")
            #expect(try version.rows.map { try $0.decode("version", as: Int.self) } == [2])
            #expect(!store.name.contains("password"))
        }
    }

    @Test func workersThatStartTogetherMakeTheTablesOnce() async throws {
        try await PostgresServer.withDatabase { configuration in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let store = PostgresControlStore(configuration)
                        _ = try await store.load(for: "w\(number)@h", ControlLimits())
                        try await store.keep(.revoked(ids: ["a", "b", "c"]), for: .everyone, ControlLimits())
                    }
                }
                try await group.waitForAll()
            }
            let state = try await PostgresControlStore(configuration).load(for: "w@h", limits)
            #expect(Set(state.revokedIDs) == ["a", "b", "c"])
        }
    }

    @Test func keepsEachChangeForAllWhoComeLater() async throws {
        try await withStore { store, _ in
            _ = try await store.load(for: "w1@h", limits)
            let stamps = [RevokedStamp(name: "tenant", value: "ä\"'"), RevokedStamp(name: "tenant", value: 5)]
            let pause = ControlPause(.task, "video.*", reason: "disk full")
            for change: ControlChange in [
                .revoked(ids: ["old"]), .revoked(ids: ["b", "ü'\"\\", "b"]), .revokedStamps(stamps),
                .paused(pause, since: since), .paused(ControlPause(.queue, "q"), since: since + .seconds(1)),
                .rateLimit(task: "proj.add", limit: "10/m"), .rateLimit(task: "proj.add", limit: "5/s"),
                .rateLimit(task: "proj.sub", limit: ""),
                .timeLimits(task: "proj.add", KeptTimeLimits(soft: 1, hard: 2)),
                .timeLimits(task: "proj.add", KeptTimeLimits(soft: nil, hard: 2.5)),
            ] {
                try await store.keep(change, for: .everyone, limits)
            }
            let state = try await store.load(for: "w2@h", limits)
            #expect(state.revokedIDs.first == "old")
            #expect(Set(state.revokedIDs) == ["old", "b", "ü'\"\\"] && state.revokedIDs.count == 3)
            #expect(Set(state.revokedStamps) == Set(stamps))
            #expect(
                state.pauses == [
                    .init(pause, since: since), .init(ControlPause(.queue, "q"), since: since + .seconds(1)),
                ]
            )
            #expect(state.rateLimits == ["proj.add": "5/s", "proj.sub": ""])
            #expect(state.timeLimits == ["proj.add": KeptTimeLimits(soft: nil, hard: 2.5)])
            // Each worker that follows the broadcast keeps it, and the first one's time stays.
            try await store.keep(.paused(pause, since: since + .seconds(9)), for: .everyone, limits)
            #expect(try await store.load(for: "w2@h", limits) == state)
            try await store.keep(.resumed(.task, pattern: "video.*"), for: .everyone, limits)
            try await store.keep(.resumed(.task, pattern: "nothing"), for: .everyone, limits)
            #expect(try await store.load(for: "w2@h", limits).pauses.map(\.pause.pattern) == ["q"])
        }
    }

    @Test func whatIsForOneWorkerCountsMoreForIt() async throws {
        try await withStore { store, _ in
            func patterns(_ node: String) async throws -> [String] {
                try await store.load(for: node, limits).pauses.map(\.pause.pattern)
            }
            func limit(_ node: String) async throws -> String? {
                try await store.load(for: node, limits).rateLimits["t"]
            }
            _ = try await store.load(for: "w1@h", limits)
            let pause = ControlChange.paused(ControlPause(.queue, "q"), since: since)
            let resume = ControlChange.resumed(.queue, pattern: "q")
            try await store.keep(pause, for: .node("w1@h"), limits)
            try await store.keep(.rateLimit(task: "t", limit: "1/s"), for: .node("w1@h"), limits)
            #expect(try await patterns("w1@h") == ["q"])
            #expect(try await patterns("w2@h") == [])
            try await store.keep(resume, for: .node("w1@h"), limits)
            #expect(try await patterns("w1@h") == [])
            // For everyone replaces what is for one.
            try await store.keep(pause, for: .everyone, limits)
            try await store.keep(.rateLimit(task: "t", limit: "2/s"), for: .everyone, limits)
            #expect(try await patterns("w1@h") == ["q"])
            #expect(try await limit("w1@h") == "2/s")
            try await store.keep(resume, for: .node("w1@h"), limits)
            try await store.keep(.rateLimit(task: "t", limit: "3/s"), for: .node("w1@h"), limits)
            #expect(try await patterns("w1@h") == [])
            #expect(try await patterns("w2@h") == ["q"])
            #expect(try await [limit("w1@h"), limit("w2@h")] == ["3/s", "2/s"])
            try await store.keep(resume, for: .everyone, limits)
            #expect(try await patterns("w2@h") == [])
        }
    }

    @Test func theNewestRevokesAreKept() async throws {
        try await withStore { store, client in
            _ = try await store.load(for: "w@h", limits)
            var limits = limits
            limits.revokedIDs = 100
            limits.revokedStamps = 3
            for first in stride(from: 0, to: 500, by: 50) {
                let ids = (first..<(first + 50)).map { "\($0)" }
                try await store.keep(.revoked(ids: ids), for: .everyone, limits)
                let stamp = RevokedStamp(name: "s", value: .integer(Int64(first)))
                try await store.keep(.revokedStamps([stamp]), for: .everyone, limits)
            }
            let state = try await store.load(for: "w@h", limits)
            #expect(Set(state.revokedIDs) == Set((400..<500).map { "\($0)" }))
            #expect(state.revokedStamps.map(\.value) == [350, 400, 450])
            let count = try await client.query("SELECT count(*) AS count FROM swiftworker_revoked_ids")
            #expect(try count.rows.map { try $0.decode("count", as: Int.self) } == [100])
            // More at once than are kept, and one that PostgreSQL can't hold.
            try await store.keep(.revoked(ids: ["\0"] + (0..<1000).map { "n\($0)" }), for: .everyone, limits)
            #expect(try await store.load(for: "w@h", limits).revokedIDs.count == 100)
        }
    }

    @Test func aNewerVersionIsRefused() async throws {
        try await withStore { store, client in
            _ = try await store.load(for: "w@h", limits)
            try await client.query("UPDATE swiftworker_control SET version = 7")
            let error = await #expect(throws: ControlStoreError.self) { try await store.load(for: "w@h", limits) }
            #expect(error?.kind == .refused)
            #expect(error?.description.contains("of version 7, newer than this program's 2") == true)
        }
    }

    @Test func aServerOutOfReachMayComeBack() async throws {
        let store = try PostgresControlStore(url: "postgresql://me:S3cret@127.0.0.1:1/nowhere?connect_timeout=2")
        let error = await #expect(throws: ControlStoreError.self) { try await store.load(for: "w@h", limits) }
        #expect(error?.kind == .unavailable)
        #expect(error?.description.contains("S3cret") == false)
        #expect(store.name == "postgresql://me@127.0.0.1:1/nowhere")
    }

    @Test func whatIsMissingIsRefused() async throws {
        try await withStore { store, client in
            _ = try await store.load(for: "w@h", limits)
            try await client.query("DROP TABLE swiftworker_pauses")
            let pause = ControlChange.paused(ControlPause(.queue, "q"), since: since)
            let error = await #expect(throws: ControlStoreError.self) {
                try await store.keep(pause, for: .everyone, limits)
            }
            #expect(error?.kind == .refused)
        }
    }
}

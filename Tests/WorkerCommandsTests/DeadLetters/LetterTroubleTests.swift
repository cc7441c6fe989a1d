import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorker
import SwiftWorkerTesting
import Testing

@testable import WorkerCommands

/// The commands about dead letters where the broker, or a letter, makes trouble.
@Suite struct LetterTroubleTests {
    private let bench: LetterBench

    init() throws {
        bench = try LetterBench()
        for id in ["a", "b", "c"] { bench.die(id) }
    }

    /// One letter can't be read.
    @Sendable private static func withUnreadable(_ session: any BrokerSession) -> any BrokerSession {
        TroubledSession(session) { $0.properties.correlationID == "b" ? .unreadable : nil }
    }

    /// The broker closes the channel behind the back of whoever holds letters.
    @Sendable private static func withLoss(_ session: any BrokerSession) -> any BrokerSession {
        TroubledSession(session) { _ in .lost }
    }

    @Test(arguments: [
        (["list"], ["a", "b", "c"]), (["list", "--json", "--id", "a"], ["a", "b", "c"]), (["stats"], ["a", "b", "c"]),
        (["export"], ["a", "b", "c"]), (["show", "nobody"], ["a", "b", "c"]),
        (["drop", "--dry-run"], ["a", "b", "c"]), (["drop", "--yes"], ["b"]), (["replay"], ["b"]),
    ])
    func whatCannotBeReadStaysAndTheRestIsHandled(_ arguments: [String], _ expected: [String]) async throws {
        let ended = try await bench.run(arguments, session: Self.withUnreadable)
        #expect(ended.code == 4)
        #expect(ended.errors.contains("1 dead letter can't be read: its headers have too many values\n"))
        #expect(bench.ids("work.dead").sorted() == expected)
    }

    @Test(arguments: [["list"], ["export"], ["stats"], ["drop", "--yes"], ["replay"]])
    func whatTheBrokerTakesBackIsAnError(_ arguments: [String]) async throws {
        let ended = try await bench.run(arguments, session: Self.withLoss)
        #expect(ended.code == 1)
        #expect(ended.errors.contains("run it again for the rest"))
        #expect(bench.ids("work.dead").sorted() == ["a", "b", "c"])
    }

    /// A replay that goes on behind the loss would run each letter that follows twice.
    @Test func aReplayEndsWithTheFirstLoss() async throws {
        for number in 0..<20 { bench.die("more \(number)") }
        let ended = try await bench.run(["replay", "--rate", "50"], session: Self.withLoss)
        #expect(ended.code == 1)
        #expect(bench.ids("work").count <= 2)
    }

    @Test func anExpiredLetterOfProtocolOneStays() async throws {
        let body = #"{"task": "t", "id": "old", "args": [], "kwargs": {}, "expires": "2020-01-01T00:00:00+00:00"}"#
        bench.broker.publish(
            OutgoingMessage(
                routingKey: "old.dead",
                properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8"),
                body: Array(body.utf8)
            )
        )
        let ended = try await bench.run(["replay", "-Q", "old"])
        #expect(ended.code == 4 && ended.errors.contains("The dead letter old stays: it has expired"))
        #expect(bench.broker.drain("old.dead").count == 1)
    }

    /// While somebody is asked a letter takes little room; one that has come back often is held whole.
    @Test func lightLettersAreKeptLikeOthers() async throws {
        bench.die("worn") { $0["x-mine"] = "kept" }
        var messages = bench.broker.drain("work.dead")
        for index in messages.indices {
            messages[index].exchange = ""
            messages[index].routingKey = "work.dead"
            if index == 3 { messages[index].properties.headers?["x-delivery-count"] = .int64(5) }
            bench.broker.publish(messages[index])
        }
        let session = try await bench.broker.makeSession()
        var walk = LetterWalk(
            session: session,
            queues: ["work.dead"],
            filter: DeadLetterFilter(),
            payloads: PayloadDecoder(),
            now: bench.clock.now,
            parameters: { _ in [] }
        )
        var letters: [LightLetter] = []
        while let held = try await walk.next() { letters.append(walk.lighten(held)) }
        #expect(letters.map(\.summary.id) == ["a", "b", "c", "worn"])
        for light in letters { try await walk.keep(light) }
        try await walk.finish()
        await session.close()
        let left = bench.broker.drain("work.dead")
        #expect(left.compactMap(\.properties.correlationID).sorted() == ["a", "b", "c", "worn"])
        let worn = try #require(left.first { $0.properties.correlationID == "worn" })
        #expect(worn.properties.headers?["x-delivery-count"] == nil && worn.properties.headers?["x-mine"] == "kept")
        #expect(worn.body == messages[3].body)
    }
}

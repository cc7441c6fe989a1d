import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorker
import SwiftWorkerTesting
import Testing

@testable import WorkerCommands

/// The commands about dead letters, on a broker in memory.
@Suite struct LetterCommandTests {
    private let bench: LetterBench

    init() throws {
        bench = try LetterBench()
        bench.die("a", age: .seconds(7_200))
        bench.die("b", task: "audio.mix", reason: .quarantined, exception: .keyError("k"), age: .seconds(60))
        bench.die("c", body: #"[[], {"user_id": "u2"}, {}]"#)
    }

    // MARK: Looking

    @Test func listLeavesEverythingInItsOrder() async throws {
        for _ in 0..<3 {
            let ended = try await bench.run(["list"])
            #expect(ended.code == 0 && ended.errors == "")
            let rows = ended.output.split(separator: "\n")
            #expect(rows.count == 4 && rows[0].hasPrefix("DIED"))
            #expect(rows[1].contains("video.cut") && rows[1].contains("  a  ") && rows[1].contains("ValueError('boo')"))
        }
        #expect(bench.ids("work.dead") == ["a", "b", "c"])
        #expect(bench.broker.leakedCount == 0)
    }

    @Test(arguments: [
        (["--task", "video.*"], ["a", "c"]), (["--reason", "quarantined"], ["b"]),
        (["--exception", "LookupError"], ["b"]),
        (["--id", "a", "--id", "c"], ["a", "c"]), (["--argument", "user_id=u2"], ["c"]),
        (["--argument", "1=7"], ["a", "b"]),
        (["--older-than", "1h"], ["a"]), (["--newer-than", "5m"], ["b", "c"]), (["--limit", "2"], ["a", "b"]),
        (["-Q", "work"], ["a", "b", "c"]), (["--from", "work.dead"], ["a", "b", "c"]), (["-Q", "other"], []),
        (["--task", "video.*", "--older-than", "1h"], ["a"]),
    ])
    func filters(_ arguments: [String], _ expected: [String]) async throws {
        let ended = try await bench.run(["list", "--json"] + arguments)
        #expect(ended.code == 0)
        #expect(ended.lines.map { $0["id"]?.string } == expected)
        #expect(bench.ids("work.dead") == ["a", "b", "c"])
    }

    /// RabbitMQ 4 drops what has come back 20 times.
    @Test func whatHasComeBackOftenIsPublishedAnew() async throws {
        var worn = try #require(bench.broker.drain("work.dead").first)
        worn.exchange = ""
        worn.routingKey = "work.dead"
        worn.properties.headers?["x-delivery-count"] = .int64(5)
        bench.broker.publish(worn)
        bench.die("new")
        for arguments in [["list"], ["list", "--task", "nothing"], ["drop", "--dry-run"]] {
            _ = try await bench.run(arguments)
        }
        let messages = bench.broker.drain("work.dead")
        #expect(messages.map { $0.properties.correlationID } == ["new", "a"])
        worn.properties.headers?["x-delivery-count"] = nil
        #expect(messages.last?.properties == worn.properties && messages.last?.body == worn.body)
    }

    @Test func aQueueThatIsNotThereIsTold() async throws {
        #expect(try await bench.run(["list", "-Q", "wrok"]).errors == "There is no queue 'wrok.dead'.\n")
    }

    @Test func showTellsAll() async throws {
        let ended = try await bench.run(["show", "b"])
        #expect(ended.code == 0)
        for text in [
            "Dead letter b", "audio.mix", "work, now in work.dead", "quarantined", "KeyError('k')", "w1@vm", "root-b",
        ] {
            #expect(ended.output.contains(text), "\(text)")
        }
        #expect(ended.output.contains("['a', 7] {'user_id': 'u1'}"))
        let json = try #require(try await bench.run(["show", "b", "--json"]).lines.first)
        #expect(json["attempts"] == 3 && json["retries"] == 2 && json["queue"] == "work")
        let none = try await bench.run(["show", "nobody"])
        #expect(none.code == 3 && none.errors == "No dead letter fits.\n")
    }

    @Test func showKeepsTheProducersSecrets() async throws {
        bench.die("s") { $0["argsrepr"] = "('***',)" }
        #expect(try await bench.run(["show", "s"]).output.contains("('***',) {}"))
    }

    @Test func statsCount() async throws {
        let ended = try await bench.run(["stats"])
        #expect(ended.output.contains("2      work   failed"))
        #expect(ended.output.hasSuffix("3 dead letters.\n"))
        let json = try #require(try await bench.run(["stats", "--json"]).lines.first)
        #expect(json["total"] == 3 && json["groups"]?[0]?["count"] == 2)
    }

    // MARK: Running again

    @Test func replayPutsTasksBack() async throws {
        let ended = try await bench.run(["replay", "--task", "video.*"])
        #expect(ended.code == 0 && ended.errors == "Replayed 2 dead letters.\n")
        #expect(bench.ids("work.dead") == ["b"])
        let replayed = bench.broker.drain("work")
        #expect(replayed.compactMap { $0.properties.headers?["id"]?.string }.sorted() == ["a", "c"])
        let first = try #require(replayed.first { $0.properties.correlationID == "a" })
        #expect(first.properties.headers?["root_id"] == "root-a" && first.properties.replyTo == "oid")
        #expect(first.properties.headers?["retries"] == .int32(2))
        #expect(first.properties.headers?["x-swiftworker-dead-reason"] == nil)
        #expect(String(decoding: first.body, as: UTF8.self) == #"[["a", 7], {"user_id": "u1"}, {}]"#)

        #expect(ended.lines.count == 2)
        let line = try #require(ended.lines.first { $0["id"] == "a" })
        #expect(line["user"] == "ops" && line["host"] == "vm" && line["action"] == "replay")
        #expect(line["from"] == "work.dead" && line["to"] == "work" && line["time"] == "2027-01-15T08:00:00+00:00")
        #expect(line["dry_run"] == nil)
    }

    @Test func replayElsewhereAndAnew() async throws {
        let ended = try await bench.run(["replay", "a", "--to", "slow", "--reset-retries", "--json"])
        #expect(ended.code == 0)
        #expect(ended.lines.last == ["replayed": 1, "failed": 0, "dry_run": false])
        #expect(bench.broker.drain("slow").first?.properties.headers?["retries"] == .int32(0))
    }

    @Test func aDryRunChangesNothing() async throws {
        let replay = try await bench.run(["replay", "--dry-run"])
        #expect(replay.code == 0 && replay.lines.count == 3 && replay.lines.allSatisfy { $0["dry_run"] == true })
        #expect(replay.errors == "Would replay 3 dead letters.\n")
        let drop = try await bench.run(["drop", "--dry-run"])
        #expect(drop.code == 0 && drop.lines.count == 3)
        #expect(bench.ids("work.dead") == ["a", "b", "c"] && bench.ids("work") == [])
    }

    @Test func theAuditLogGrows() async throws {
        let log = bench.path("audit")
        for id in ["a", "b"] {
            let ended = try await bench.run(["replay", id, "--audit-log", log])
            #expect(ended.code == 0 && ended.output == "")
        }
        #expect(try read(log).split(separator: "\n").count == 2)
        let ended = try await bench.run(["replay", "--audit-log", "/nonexistent/log"])
        #expect(ended.code == 1 && bench.ids("work.dead") == ["c"])
    }

    @Test func whatCannotBePublishedStays() async throws {
        bench.broker.refusePublishing(true)
        let ended = try await bench.run(["replay"])
        #expect(ended.code == 4)
        #expect(ended.errors.contains("The dead letter a stays:"))
        #expect(ended.errors.contains("3 dead letters could not be replayed, and stay where they are."))
        #expect(ended.output == "")
        #expect(bench.ids("work.dead") == ["a", "b", "c"])
    }

    @Test func aLetterOfUnknownOriginNeedsADestination() async throws {
        let foreign = MessageProperties(contentType: "text/plain", headers: ["id": "f", "task": "t"])
        bench.broker.publish(OutgoingMessage(routingKey: "failures", properties: foreign, body: [1]))
        let ended = try await bench.run(["replay", "--from", "failures"])
        #expect(ended.code == 4 && ended.errors.contains("give --to"))
        #expect(try await bench.run(["replay", "--from", "failures", "--to", "work"]).code == 0)
        #expect(bench.ids("work") == ["f"])
    }

    @Test func aRateIsKept() async throws {
        let start = ContinuousClock.now
        #expect(try await bench.run(["replay", "--rate", "10"]).code == 0)
        #expect(ContinuousClock.now - start >= .milliseconds(195))
    }

    // MARK: Dropping, moving

    @Test func dropAsksOrIsTold() async throws {
        let refused = try await bench.run(["drop", "a"])
        #expect(refused.code == 2 && refused.errors.contains("--yes"))
        #expect(bench.ids("work.dead") == ["a", "b", "c"])
        let ended = try await bench.run(["drop", "a", "--yes"])
        #expect(ended.code == 0 && ended.errors == "Dropped 1 dead letter.\n")
        #expect(ended.lines.first?["action"] == "drop" && ended.lines.first?["to"] == .null)
        #expect(bench.ids("work.dead") == ["b", "c"])
        #expect(try await bench.run(["drop", "a", "--yes"]).code == 3)
    }

    @Test func exportAndImportAreExact() async throws {
        bench.die("bytes", body: "\u{1}\u{0}") { $0["wide"] = .uint64(.max) }
        let before = bench.broker.drain("work.dead")
        for message in before { bench.broker.publish(message) }
        let exported = try await bench.run(["export"])
        #expect(exported.code == 0 && exported.errors == "Exported 4 dead letters.\n")
        #expect(bench.ids("work.dead") == ["a", "b", "c", "bytes"])
        let file = bench.path("letters.jsonl")
        try write(exported.output + "\nno letter\n", to: file)
        #expect(try await bench.run(["drop", "--yes"]).code == 0)

        let imported = try await bench.run(["import", file])
        #expect(imported.code == 4)
        #expect(imported.errors.contains("\(file):6: ") && imported.errors.contains("Imported 4 dead letters."))
        let after = bench.broker.drain("work.dead")
        #expect(after.map(\.properties) == before.map(\.properties) && after.map(\.body) == before.map(\.body))
    }

    @Test func importElsewhere() async throws {
        let file = bench.path("letters.jsonl")
        try write(try await bench.run(["export", "--limit", "1"]).output, to: file)
        let dry = try await bench.run(["import", file, "--to", "other.dead", "--dry-run"])
        #expect(dry.code == 0 && bench.ids("other.dead") == [])
        #expect(try await bench.run(["import", file, "--to", "other.dead"]).code == 0)
        #expect(bench.ids("other.dead") == ["a"])
        #expect(try await bench.run(["import", "/nonexistent"]).code == 1)
    }

    // MARK: Mistakes

    @Test(arguments: [
        ["list", "--limit", "0"], ["list", "--older-than", "soon"], ["list", "--argument", "x"],
        ["replay", "--rate", "0"],
        ["list", "-Q", "nothing*"],
    ])
    func mistakesAreToldApart(_ arguments: [String]) async throws {
        #expect(try await bench.run(arguments).code == 2)
    }
}

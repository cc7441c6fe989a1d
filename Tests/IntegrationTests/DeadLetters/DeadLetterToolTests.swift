import Foundation
import JSON
import Testing

/// The commands about dead letters as an operator calls them, on the real broker.
@Suite(.timeLimit(.minutes(10))) struct DeadLetterToolTests {
    private static let types = ["quorum", "classic"]

    /// RabbitMQ 4 drops from a quorum queue what has come back 20 times: not for having been looked at.
    @Test(arguments: types) func looksLeaveEverything(_ type: String) async throws {
        try await Letters.with(type) { letters in
            try await letters.fill(20)
            let expected = (0..<20).map(String.init)
            for look in 0..<24 {
                let tool = try letters.tool(["list", "--json"])
                #expect(try await tool.exitCode() == 0, "\(tool.errors)")
                let ids = tool.lines.compactMap { $0["id"]?.string }
                #expect(look == 0 ? ids == expected : ids.sorted() == expected.sorted())
                if type == "classic" { #expect(ids == expected) }
            }
            // A quorum queue gets back a moment later what a closed channel held.
            try await eventually("all 20") { try await letters.count(letters.dead) == 20 }
        }
    }

    @Test func aReplayEmptiesTheDeadLetterQueue() async throws {
        try await Letters.with { letters in
            try await letters.fill(300)
            let tool = try letters.tool(["replay", "--id", "7"])
            #expect(try await tool.exitCode() == 0, "\(tool.errors)")
            #expect(try await letters.ids(letters.queue) == ["7"])
            let line = try #require(tool.lines.first)
            #expect(line["user"] == "ops" && line["to"]?.string == letters.queue)
            #expect(line["from"]?.string == letters.dead && line["id"] == "7")

            let rest = try letters.tool(["replay", "--json"])
            #expect(try await rest.exitCode() == 0, "\(rest.errors)")
            #expect(rest.lines.last == ["replayed": 299, "failed": 0, "dry_run": false])
            // The one that was looked at before is back a moment later. A quorum queue may change the order of what it
            // gets back, so that only the set is the same.
            try await eventually("all 300") { try await letters.count(letters.queue) == 300 }
            let ids = try await letters.ids(letters.queue)
            #expect(ids.sorted() == (0..<300).map(String.init).sorted())
            #expect(try await letters.count(letters.dead) == 0)
            let none = try letters.tool(["replay"])
            #expect(try await none.exitCode() == 3)
        }
    }

    /// Killed at random moments, begun again until all is done: nothing is lost.
    @Test(arguments: types) func aKilledReplayLosesNothing(_ type: String) async throws {
        let count = 5_000
        try await Letters.with(type) { letters in
            try await letters.fill(count)
            var kills = 0
            while kills < 200 {
                let tool = try letters.tool(["replay"])
                try await Task.sleep(for: .milliseconds(Int.random(in: 50...900)))
                if !tool.isRunning { break }
                tool.kill9()
                kills += 1
                _ = try await tool.exitCode()
            }
            // What the last one held is in the queue again a moment after its end.
            try await eventually("the rest") {
                let tool = try letters.tool(["replay"])
                _ = try await tool.exitCode()
                return try await letters.count(letters.dead) == 0
            }
            let ids = try await letters.ids(letters.queue, removing: true)
            #expect(Set(ids) == Set((0..<count).map(String.init)))
            // At most the window of each that was killed is there twice.
            #expect(ids.count - count <= kills * 100)
            print(
                "replay of \(count) \(type): \(kills) kills, \(ids.count - count) twice, \(count - Set(ids).count) lost"
            )
        }
    }

    @Test func exportDropAndImport() async throws {
        try await Letters.with { letters in
            try await letters.fill(50)
            let export = try letters.tool(["export"])
            #expect(try await export.exitCode() == 0, "\(export.errors)")
            let file = FileManager.default.temporaryDirectory.appending(path: "\(letters.queue).jsonl")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data(export.output.utf8).write(to: file)
            let refused = try letters.tool(["drop"])
            #expect(try await refused.exitCode() == 2)
            let drop = try letters.tool(["drop", "--yes", "--older-than", "0"])
            #expect(try await drop.exitCode() == 3, "they died in the future: \(drop.errors)")
            let dropAll = try letters.tool(["drop", "--yes"])
            #expect(try await dropAll.exitCode() == 0, "\(dropAll.errors)")
            #expect(dropAll.errors == "Dropped 50 dead letters.\n")
            #expect(try await letters.count(letters.dead) == 0)
            let restore = try ToolProcess(["dead-letters", "import", file.path])
            #expect(try await restore.exitCode() == 0, "\(restore.errors)")
            #expect(try await letters.ids(letters.dead) == (0..<50).map(String.init))
        }
    }

    /// A worker's limit is no tool's: one letter beyond it would keep all behind it from being handled.
    @Test func aLetterBeyondAWorkersLimitIsHandled() async throws {
        try await Letters.with { letters in
            try await letters.fill(2, padding: 5_000)
            let file = FileManager.default.temporaryDirectory.appending(path: "\(letters.queue).yaml")
            defer { try? FileManager.default.removeItem(at: file) }
            try Data("swiftworker_message_max_bytes: 1024\n".utf8).write(to: file)
            let list = try letters.tool(["list", "--json", "--config", file.path])
            #expect(try await list.exitCode() == 0, "\(list.errors)")
            #expect(list.lines.compactMap { $0["id"]?.string } == ["0", "1"])
            let drop = try letters.tool(["drop", "--yes", "--config", file.path])
            #expect(try await drop.exitCode() == 0, "\(drop.errors)")
            #expect(try await letters.count(letters.dead) == 0)
        }
    }

    @Test func whatCannotBeRoutedStays() async throws {
        try await Letters.with { letters in
            try await letters.fill(3)
            let tool = try letters.tool(["replay", "--to", letters.queue + ".nowhere"])
            #expect(try await tool.exitCode() == 4)
            #expect(tool.errors.contains("3 dead letters could not be replayed"))
            #expect(try await letters.ids(letters.dead).sorted() == ["0", "1", "2"])
            let list = try letters.tool(["list", "--from", letters.queue + ".nothing"])
            #expect(try await list.exitCode() == 0)
            #expect(list.errors.contains("There is no queue"))
        }
    }
}

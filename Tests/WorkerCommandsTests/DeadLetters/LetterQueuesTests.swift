import Testing

@testable import WorkerCommands

@Suite struct LetterQueuesTests {
    private func names(_ patterns: [String] = [], from: [String] = []) throws -> [String] {
        try LetterQueues.names(patterns: patterns, named: from, configured: ["cpu", "async", "async_slow"])
    }

    @Test func allOfTheConfiguration() throws {
        #expect(try names() == ["cpu.dead", "async.dead", "async_slow.dead"])
    }

    @Test func byName() throws {
        #expect(try names(["cpu"]) == ["cpu.dead"])
        #expect(try names(["cpu.dead"]) == ["cpu.dead"])
        // One of another deployment's.
        #expect(try names(["other"]) == ["other.dead"])
        #expect(try names(["cpu,async", "cpu"]) == ["cpu.dead", "async.dead"])
    }

    @Test func byPattern() throws {
        #expect(try names(["async*"]) == ["async.dead", "async_slow.dead"])
        #expect { try names(["video*"]) } throws: { "\($0)".contains("cpu, async, async_slow") }
    }

    @Test func byTheirOwnNames() throws {
        #expect(try names(["cpu"], from: ["failures", "failures"]) == ["failures"])
    }

    @Test func namesWithoutADeadLetterQueue() throws {
        let long = String(repeating: "q", count: 251)
        #expect { try names([long]) } throws: { "\($0)".contains("can't have a dead-letter queue") }
        #expect { try names(["cpu.dead.dead"]) } throws: { "\($0)".contains("is itself a dead-letter queue") }
        for patterns in [[], ["*"]] {
            let configured = ["cpu", "cpu.dead", long]
            #expect(try LetterQueues.names(patterns: patterns, named: [], configured: configured) == ["cpu.dead"])
        }
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// What a worker on the in-memory broker answers to those who ask, and to orders about itself.
@Suite(.timeLimit(.minutes(1))) struct InspectionWorkerTests {
    @Test func tellsWhatRunsAndWhatWaits() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .threads, concurrency: 1) { Wait(gate: gate) }
        try await harness.run {
            let eta = (harness.clock.workerClock.wall() + .seconds(10)).iso8601()
            harness.send("tasks.wait", id: "runs")
            try await eventually("started") { gate.entered.count == 1 }
            harness.send("tasks.wait", id: "waits")
            harness.send("tasks.wait", id: "later", headers: ["eta": .string(eta)])
            try await eventually("taken in") { harness.worker.counters.received.value == 3 }
            let active = try await harness.command("active", ["safe": .null])
            #expect(active.array?.map { $0["id"] } == ["runs"])
            #expect(active[0]?["worker_pid"] == 4711 && active[0]?["hostname"] == "test@host")
            #expect(active[0]?["time_start"]?.double != nil && active[0]?["acknowledged"] == true)
            #expect(active[0]?["args"] == [] && active[0]?["kwargs"] == [:])
            let reserved = try await harness.command("reserved")
            #expect(reserved.array?.map { $0["id"] } == ["waits"])
            #expect(reserved[0]?["time_start"] == .null && reserved[0]?["worker_pid"] == .null)
            let scheduled = try await harness.command("scheduled")
            #expect(scheduled.array?.map { $0["request"]?["id"] } == ["later"])
            #expect(scheduled[0]?["priority"] == 6)
            let query = try await harness.command("query_task", ["ids": ["runs", "waits", "later", "nobody"]])
            #expect(query.object?.mapValues { $0[0] } == ["runs": "active", "waits": "reserved", "later": "scheduled"])
            gate.remove()
        }
    }

    @Test func showsAsMuchOfTheArgumentsAsOneReplyHolds() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            pool: .threads,
            concurrency: 1,
            configure: { $0.workerPrefetchMultiplier = 40 }
        ) { Wait(gate: gate) }
        try await harness.run {
            harness.send("tasks.wait", id: "runs")
            try await eventually("started") { gate.entered.count == 1 }
            let body = "[[\"\(String(repeating: "x", count: 200 << 10))\"], {}, {}]"
            for number in 1...30 { harness.send("tasks.wait", id: "\(number)", body: body, headers: ["argsrepr": "x"]) }
            try await eventually("taken in") { harness.worker.counters.received.value == 31 }
            let reserved = try await harness.command("reserved").array ?? []
            // 4 MiB of them, and the one that goes beyond.
            #expect(reserved.count { $0["args"]?.array != nil } == 21)
            #expect(reserved.count { $0["args"] == "x" } == 9)
            gate.remove()
        }
    }

    @Test func tellsWhoItIs() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let stats = try await harness.command("stats")
            let keys = ["total", "pid", "clock", "uptime", "pool", "broker", "prefetch_count", "rusage"]
            #expect(stats.object.map { Array($0.keys) } == keys)
            #expect(stats["pid"] == 4711 && stats["prefetch_count"] == 8 && stats["clock"]?.string != nil)
            #expect(stats["broker"]?["hostname"] == "memory")
            try await harness.expect(["tasks.add"], from: "registered", ["taskinfoitems": []])
            let queues = try await harness.command("active_queues")
            #expect(queues.array?.map { $0["name"] } == ["work"])
            #expect(queues[0]?["exchange"]?["type"] == "direct")
            let memory = try await harness.command("memsample")
            #expect(memory.string?.hasSuffix("MB") == true)
            let report = try await harness.command("report")
            #expect(report["ok"]?.string?.contains("test@host") == true)
            let first = try await harness.command("clock")["clock"]?.integer ?? 0
            let second = try await harness.command("clock")["clock"]?.integer ?? 0
            #expect(second > first)
        }
    }

    @Test func neighboursTellEachOtherWhatIsRevoked() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            _ = try await harness.command("revoke", ["task_id": "mine"])
            let hello = try await harness.command("hello", ["from_node": "other@host", "revoked": ["theirs"]])
            #expect(Set(hello["revoked"]?.array ?? []) == ["mine", "theirs"])
            #expect(hello["clock"]?.integer != nil)
            try await harness.expect(.null, from: "hello", ["from_node": "test@host", "revoked": []])
            harness.send("tasks.add", id: "theirs", body: "[[1, 2], {}, {}]")
            try await harness.expectState("status", "REVOKED")
        }
    }

    @Test func thePoolGrowsAndShrinks() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .threads, concurrency: 1) { Wait(gate: gate) }
        try await harness.run {
            for number in 1...3 { harness.send("tasks.wait", id: "t\(number)") }
            try await eventually("one runs") { gate.entered.count == 1 }
            try await harness.expect(["ok": "pool will grow"], from: "pool_grow", ["n": 2])
            try await eventually("three run") { gate.entered.count == 3 }
            let grown = try await harness.command("stats")
            #expect(grown["prefetch_count"] == 12)
            try await harness.expect(["ok": "pool will shrink"], from: "pool_shrink")
            let stats = try await harness.command("stats")
            #expect(stats["pool"]?["max-concurrency"] == 2 && stats["prefetch_count"] == 8)
            let refused = try await harness.command("pool_shrink", ["n": 2])
            #expect(refused["error"]?.string?.contains("Can't shrink pool") == true)
            gate.remove()
        }
    }

    @Test func aSoloPoolHasOneSlotForGood() async throws {
        let harness = try WorkerHarness(pool: .solo) { Add() }
        try await harness.run {
            let refused = try await harness.command("pool_grow")
            #expect(refused["error"]?.string?.contains("has no attribute 'grow'") == true)
            let autoscale = try await harness.command("autoscale", ["max": 3, "min": 1])
            #expect(autoscale == ["error": "ValueError('Autoscale not enabled')"])
            try await harness.expect(["error": "ValueError('Pool restarts not enabled')"], from: "pool_restart")
        }
    }

    @Test func limitsOfTimeAreChanged() async throws {
        let harness = try WorkerHarness(pool: .threads) { Wait(gate: Wait.Gate(isBlocking: false)) }
        try await harness.run {
            try await harness.expect(["error": "unknown task"], from: "time_limit", ["task_name": "nosuch", "hard": 1])
            let limits: JSONObject = ["task_name": "tasks.wait", "hard": 0.2]
            try await harness.expect(["ok": "time limits set successfully"], from: "time_limit", limits)
            harness.send("tasks.wait")
            try await harness.expectState("status", "FAILURE")
        }
        #expect(harness.log.contains("New time limits for tasks of type tasks.wait: soft=None hard=0.2"))
    }

    @Test func aShutdownByRemoteIsAWarmOne() async throws {
        let harness = try WorkerHarness { Add() }
        let code = try await harness.run {
            harness.ask(ControlRequest("shutdown"))
            try await eventually("told") { harness.log.contains("Got shutdown from remote") }
        }
        #expect(code == 0)
    }

    @Test func commandsOfOnesOwnAreAnsweredInTheirTime() async throws {
        let harness = try WorkerHarness(
            commands: [
                CustomCommand("double") { arguments in
                    guard let number = arguments["number"]?.integer else {
                        throw PythonException.valueError("a number")
                    }
                    return ["ok": .integer(2 * number)]
                },
                CustomCommand("never") { _ in
                    try await Task.sleep(for: .seconds(3600))
                    return .null
                },
            ]
        ) { Add() }
        try await harness.run {
            harness.ask(ControlRequest("never"))
            try await harness.expect(["ok": 42], from: "double", ["number": 21])
            try await harness.expect(["error": "ValueError('a number')"], from: "double")
        }
    }
}

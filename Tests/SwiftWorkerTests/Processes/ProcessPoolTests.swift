import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import OrderedCollections
import PoolTasks
import Processes
import Testing
import Threads

@testable import SwiftWorker

@Suite("The pool of processes", .serialized, .timeLimit(.minutes(2)))
struct ProcessPoolTests {
    /// Runs a test with a pool and a gate, which is removed after it.
    private func with(
        _ capacity: Int = 1,
        change: (inout ProcessPool.Options) -> Void = { _ in },
        _ test: (PoolHarness, Gate) async throws -> Void
    ) async throws {
        let gate = try Gate()
        defer { gate.remove() }
        let harness = try PoolHarness(.prefork, capacity, change: change)
        try await harness.run { try await test(harness, gate) }
        #expect(harness.ends.processes.allSatisfy { kill($0, 0) != 0 }, "a child outlives its pool")
    }

    private func loss(of id: String, in harness: PoolHarness) async throws -> WorkerLoss {
        try await eventually("the end of \(id)") { harness.ends.outcome(of: id) != nil }
        guard case .lost(let loss) = harness.ends.outcome(of: id) else {
            Issue.record("\(harness.ends.outcomes)")
            throw CancellationError()
        }
        return loss
    }

    /// The process that runs a task, once it is told.
    private func process(of id: String, in harness: PoolHarness) async throws -> Int32 {
        try await eventually("the start of \(id)") { harness.ends.process(of: id) != nil }
        return try #require(harness.ends.process(of: id))
    }

    private func gated(_ gate: Gate) -> JSONObject { ["folder": .string(gate.folder), "isBlocking": true] }

    @Test func whatBodiesLogAndPrintIsInTheLog() async throws {
        try await with { harness, _ in
            try harness.submit(["t1"], of: Log(), ["text": "hello"])
            try harness.submit(["t2"], of: PrintLines(), ["lines": ["out", "err"]])
            try await eventually("both end") { harness.ends.ids == ["t1", "t2"] }
            #expect(
                Set(harness.log.withMetadata) == [
                    "info: hello count=7 task_id=t1 task_name=pool.log",
                    "warning: out task_id=t2 task_name=pool.print",
                    "warning: err task_id=t2 task_name=pool.print",
                ]
            )
            #expect(!harness.log.contains("not to be seen"))
        }
    }

    @Test func largeArgumentsAndResultsPass() async throws {
        try await with(2) { harness, _ in
            let text = String(repeating: "0123456789", count: 1_000_000)
            try harness.submit(["in"], of: Measure(), ["text": .string(text)])
            try harness.submit(["out"], of: Fill(), ["count": 10_000_000])
            // An unoptimized child takes seconds for so much JSON.
            try await eventually("both come back", within: .seconds(60)) { harness.ends.ids.count == 2 }
            guard case .success(let length) = harness.ends.outcome(of: "in"),
                case .success(let filled) = harness.ends.outcome(of: "out")
            else {
                Issue.record("\("\(harness.ends.outcomes)".prefix(300))")
                return
            }
            #expect(length.text == "10000000")
            #expect(filled.bytes.count == 10_000_002)
        }
    }

    @Test func aResultBeyondTheLimitIsAFailure() async throws {
        try await with(change: { $0.child.messageMaxBytes = 1 << 20 }) { harness, _ in
            try harness.submit(["big"], of: Fill(), ["count": 8_000_000])
            try harness.submit(["next"], of: Quick())
            try await eventually("both end") { harness.ends.ids == ["big", "next"] }
            guard case .failure(let exception) = harness.ends.outcome(of: "big") else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(exception.str.contains("swiftworker_message_max_bytes"))
        }
    }

    // What bodies ask for.

    @Test func statesAreHandedOverInTheirOrder() async throws {
        try await with { harness, _ in
            try harness.submit(["t"], of: ReportProgress(), ["count": 200])
            try await eventually("the end") { harness.ends.ids == ["t"] }
            #expect(harness.effects.stored == (1...200).map { "PROGRESS {\"number\": \($0)}" })
            guard case .success(let result) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(result.text == "\"test@host\"")
        }
    }

    @Test func theTaskIsCompleteWhenWhatItPublishedIsOut() async throws {
        try await with { harness, _ in
            harness.effects.publishing.withLock { $0 = .held }
            // More than a child may have under way: it is read on when there is room again.
            try harness.submit(["t"], of: Publish(), ["count": 200])
            try harness.submit(["next"], of: Quick())
            try await eventually("the first are published") { harness.effects.heldCount >= JobEffects.limit }
            #expect(harness.ends.ids.isEmpty)
            harness.effects.release()
            try await eventually("the end") { Set(harness.ends.ids) == ["t", "next"] }
            guard case .success(let result) = harness.ends.outcome(of: "t") else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            let ids = try JSONValue(parsing: result.bytes)
            let published = harness.effects.published
            #expect(ids == .array(published.map { .string($0.id) }))
            #expect(published.first?.1.properties.headers?["parent_id"] == "t")
            #expect(published.first?.1.routingKey == "celery")
        }
    }

    @Test func aPublishInVainFailsTheTask() async throws {
        try await with { harness, _ in
            harness.effects.publishing.withLock { $0 = .refused }
            try harness.submit(["t"], of: Publish(), ["count": 1])
            try await eventually("the end") { harness.ends.ids == ["t"] }
            guard case .failure(let exception) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(exception.str == "the broker refuses")
        }
    }

    // Lost children.

    @Test func aTrapIsALossWithItsEvidence() async throws {
        try await with { harness, _ in
            try harness.submit(["trap"], of: Trap())
            let loss = try await loss(of: "trap", in: harness)
            guard case .signal(_, let name) = loss.cause else {
                Issue.record("\(loss)")
                return
            }
            #expect(["SIGILL", "SIGTRAP"].contains(name))
            // Without the backtrace, as under a sanitizer, the lines are others.
            if ProcessInfo.processInfo.environment["SWIFT_BACKTRACE"] == nil {
                #expect(loss.lastLines.first == "before the trap")
                #expect(loss.lastLines.contains { $0.contains("Index out of range") })
            }
            #expect(!loss.lastLines.isEmpty)
            #expect(loss.processID == harness.ends.process(of: "trap"))
            #expect(loss.job == 1)
            try harness.submit(["next"], of: Quick())
            try await eventually("another child serves") { harness.ends.ids.last == "next" }
        }
    }

    @Test func anExitIsALoss() async throws {
        try await with { harness, _ in
            try harness.submit(["exit"], of: Exit(), ["code": 3])
            let loss = try await loss(of: "exit", in: harness)
            #expect(loss.cause == .exit(3))
            #expect(loss.message == "Worker exited prematurely: exitcode 3 Job: 1.")
        }
    }

    @Test func aKillFromOutsideIsALoss() async throws {
        try await with { harness, gate in
            try harness.submit(["t"], of: Gated(), gated(gate))
            try await eventually("it runs") { gate.entered == ["t"] }
            kill(try await process(of: "t", in: harness), SIGKILL)
            let loss = try await loss(of: "t", in: harness)
            #expect(loss.message == "Worker exited prematurely: signal 9 (SIGKILL) Job: 1.")
        }
    }

    @Test func anIdleChildThatDiesIsReplaced() async throws {
        try await with { harness, _ in
            try harness.submit(["first"], of: Quick())
            try await eventually("it ran") { harness.ends.ids == ["first"] }
            kill(try #require(harness.ends.processes.first), SIGKILL)
            try await eventually("another is started") { harness.counters.childrenStarted.value == 2 }
            try harness.submit(["second"], of: Quick())
            try await eventually("it runs") { harness.ends.ids == ["first", "second"] }
            #expect(harness.log.contains("ended while it waited for a task"))
        }
    }

    @Test func aStoppedChildIsFoundAndReplaced() async throws {
        try await with(change: { $0.times.heartbeat = .milliseconds(100) }) { harness, _ in
            try harness.submit(["stop"], of: Stop())
            let loss = try await loss(of: "stop", in: harness)
            #expect(loss.cause == .unresponsive(.milliseconds(300)))
            try harness.submit(["next"], of: Quick())
            try await eventually("another child serves") { harness.ends.ids.last == "next" }
        }
    }

    @Test func aSpinningChildAnswers() async throws {
        // Long enough that also a busy machine gives a child its turn meanwhile.
        try await with(change: { $0.times.heartbeat = .milliseconds(200) }) { harness, gate in
            try harness.submit(["spin"], of: Spin(), ["folder": .string(gate.folder), "looks": false])
            try await eventually("it runs") { gate.entered == ["spin"] }
            try await Task.sleep(for: .milliseconds(1_200))
            #expect(harness.ends.ids.isEmpty)
            gate.remove()
            try await eventually("it ends") { harness.ends.ids == ["spin"] }
            guard case .success = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
        }
    }

    @Test func aChildThatClosesItsChannelsIsKilled() async throws {
        try await with(change: { $0.times.loss = .milliseconds(200) }) { harness, gate in
            try harness.submit(["close"], of: CloseDescriptors(), ["folder": .string(gate.folder)])
            let loss = try await loss(of: "close", in: harness)
            // A library of the child's may miss its own descriptors first, and trap.
            #expect(loss.cause == .disconnected || loss.isTrap)
        }
    }

    @Test func memoryBeyondTheHardLimitIsALoss() async throws {
        try await with(change: { $0.memoryLimit = 400 << 10 }) { harness, gate in
            let arguments: JSONObject = ["folder": .string(gate.folder), "megabytes": 600, "waits": true]
            try harness.submit(["eat"], of: Eat(), arguments)
            let loss = try await loss(of: "eat", in: harness)
            #expect(loss.cause == .memory(limit: 400 << 10))
            #expect(loss.peakMemory > 400 << 10)
        }
    }

    @Test func signalsForTheParentDoNothing() async throws {
        try await with { harness, gate in
            try harness.submit(["t"], of: Gated(), gated(gate))
            try await eventually("it runs") { gate.entered == ["t"] }
            let process = try await process(of: "t", in: harness)
            for signal in [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1] { kill(process, signal) }
            gate.open()
            try await eventually("it ends") { harness.ends.ids == ["t"] }
            guard case .success = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
        }
    }

    @Test func childrenDieWithTheirParent() async throws {
        // The worker has no broker; its children are there all the same.
        let command = Command(
            try PoolHarness.executable(),
            ["worker", "-P", "prefork", "-c", "3", "-q", "-b", "amqp://127.0.0.1:1//"]
        )
        let (started, end) = (BlockingQueue<Int32>(), BlockingQueue<Void>())
        // It lives as long as the thread that started it.
        try OperatingThread.start(name: "parent") {
            do {
                let worker = try ChildProcess(command, descriptors: [nil, nil, nil])
                started.append(worker.id)
                started.wake()
                _ = end.next()
            } catch {
                _ = started.close()
            }
        }
        defer { _ = end.close() }
        let worker = try #require(started.next())
        try await eventually("three children") { Self.children(of: worker).count == 3 }
        let children = Self.children(of: worker)
        kill(worker, SIGKILL)
        try await eventually("they are gone", within: .seconds(1)) {
            children.allSatisfy { ["Z", nil].contains(Self.status(of: $0)?.state) }
        }
    }

    private static func children(of parent: Int32) -> [Int32] {
        let ids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { Int32($0) } ?? []
        return ids.filter { status(of: $0)?.parent == "\(parent)" }
    }

    /// A process's state, of which Z is one that only waits to be reaped, and its parent.
    private static func status(of process: Int32) -> (state: String, parent: String)? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        let fields = text[name...].split(separator: " ")
        return fields.count > 2 ? (String(fields[1]), String(fields[2])) : nil
    }

    // Cancellation by force.

    @Test func aBodyThatDoesNotEndInItsGraceIsKilled() async throws {
        try await with(2) { harness, gate in
            try harness.submit(["deaf", "other"], of: Gated(), gated(gate))
            try await eventually("both run") { gate.entered.count == 2 }
            harness.pool.cancelRunning(.connectionLost, grace: .milliseconds(50)) { $0.id == "deaf" }
            try await eventually("it is ended") { harness.ends.ids == ["deaf"] }
            guard case .cancelled(.connectionLost) = harness.ends.outcomes.first else {
                Issue.record("\(harness.ends.outcomes)")
                return
            }
            #expect(harness.pool.running.map(\.request.id) == ["other"])
            gate.open()
            try await eventually("the other one ends") { harness.ends.ids == ["deaf", "other"] }
        }
    }

    // Recycling.

    @Test func childrenAreReplacedAfterTheirTasks() async throws {
        try await with(3, change: { $0.maxTasks = 2 }) { harness, _ in
            try harness.submit((0..<30).map { "t\($0)" }, of: Quick())
            try await eventually("all end") { harness.ends.ids.count == 30 }
            let counts = harness.ends.tasksOfProcesses.values
            #expect(counts.allSatisfy { $0 <= 2 } && counts.reduce(0, +) == 30)
            let full = counts.count { $0 == 2 }
            try await eventually("\(full) are replaced") { harness.counters.childrenRecycled.value == full }
            #expect(harness.counters.childrenLost.value == 0)
        }
    }

    @Test func theReplacementStartsBeforeTheLastTaskEnds() async throws {
        try await with(change: { $0.maxTasks = 1 }) { harness, gate in
            try harness.submit(["t", "next"], of: Gated(), gated(gate))
            try await eventually("a second child") { harness.counters.childrenStarted.value == 2 }
            // One slot is one task at a time all the same.
            #expect(gate.entered.count <= 1)
            #expect(harness.pool.running.count <= 1)
            gate.open()
            try await eventually("both end") { harness.ends.ids.count == 2 }
        }
    }

    @Test func childrenThatHaveGrownAreReplaced() async throws {
        try await with(change: { $0.maxMemory = 300 << 10 }) { harness, gate in
            let small: JSONObject = ["folder": .string(gate.folder), "megabytes": 1, "waits": false]
            let large: JSONObject = ["folder": .string(gate.folder), "megabytes": 400, "waits": false]
            try harness.submit(["a", "b"], of: Eat(), small)
            try harness.submit(["c"], of: Eat(), large)
            try harness.submit(["d"], of: Quick())
            try await eventually("all end") { harness.ends.ids.count == 4 }
            let processes = ["a", "b", "c", "d"].map { harness.ends.process(of: $0) }
            #expect(processes[0] == processes[1] && processes[1] == processes[2])
            #expect(harness.counters.childrenLost.value == 0)
        }
    }

    // Starts in vain.

    @Test(arguments: ["/bin/false", "/no/such/program"])
    func aProgramThatIsNoChildIsNotStartedOverAndOver(program: String) async throws {
        try await with(3, change: { $0.executable = program }) { harness, _ in
            try harness.submit(["t"], of: Quick())
            let clock = ContinuousClock()
            let elapsed = try await clock.measure { try await Task.sleep(for: .milliseconds(650)) } / .milliseconds(100)
            // Three at once, then one after 0.1 s, 0.2 s, 0.4 s …
            #expect(harness.counters.childrenStarted.value <= 3 + Int(log2(elapsed + 1).rounded(.up)))
            #expect(harness.log.contains("error: A child process did not start: "))
            #expect(harness.pool.withdraw().map(\.id) == ["t"])
        }
    }

    @Test func aChildThatIsNotReadyInTimeIsKilled() async throws {
        let program = "/tmp/swiftworker-\(UUID().uuidString)"
        try "#!/bin/sh\nexec sleep 1000\n".write(toFile: program, atomically: true, encoding: .utf8)
        defer { unlink(program) }
        chmod(program, 0o755)
        try await with(change: {
            $0.executable = program
            $0.times.start = .milliseconds(100)
        }) { harness, _ in
            try await eventually("it is given up") { harness.log.contains("is not ready after 0.1 s") }
        }
    }
}

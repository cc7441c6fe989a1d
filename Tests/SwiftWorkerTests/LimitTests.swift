import BrokerModel
import CeleryProtocol
import Glibc
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Limits and hooks in the worker, from the message to the stored state and the log line (reference, 3.12).
@Suite(.timeLimit(.minutes(1))) struct LimitTests {
    private static func limits(hard: Double? = nil, soft: Double? = nil) -> FieldTable {
        ["timelimit": .array([hard.map { .double($0) } ?? .void, soft.map { .double($0) } ?? .void])]
    }

    @Test func theSoftLimitFailsATaskThatDoesNotCatchIt() async throws {
        let events = HookLog()
        let harness = try WorkerHarness { Patient(events: events, reaction: .none) }
        try await harness.run {
            harness.send("tasks.patient", headers: Self.limits(soft: 0.05))
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            #expect(state["result"]?["exc_type"] == "SoftTimeLimitExceeded")
            #expect(state["result"]?["exc_module"] == "billiard.exceptions")
            #expect(state["result"]?["exc_message"] == [])
        }
        #expect(harness.log.contains("warning: Soft time limit (0.05s) exceeded for tasks.patient[t1]"))
        // The hooks run although the body was cancelled, and are not cancelled themselves.
        #expect(events.all == ["onFailure error false", "afterReturn failure"])
    }

    @Test func aTaskMayCatchTheSoftLimitAndReturn() async throws {
        let events = HookLog()
        let harness = try WorkerHarness { Patient(events: events, reaction: .return) }
        try await harness.run {
            harness.send("tasks.patient", headers: Self.limits(soft: 0.05))
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "SUCCESS")
            #expect(state["result"] == "cleaned up")
        }
        #expect(events.all == ["onSuccess cleaned up", "afterReturn success"])
    }

    @Test func theHardLimitFailsTheTaskAndItsHooksRunInTheWorker() async throws {
        let events = HookLog()
        let harness = try WorkerHarness(concurrency: 1) { Patient(events: events, reaction: .stay) }
        try await harness.run {
            harness.send("tasks.patient", headers: Self.limits(hard: 0.1))
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            #expect(state["result"]?["exc_type"] == "TimeLimitExceeded")
            #expect(state["result"]?["exc_module"] == "billiard.exceptions")
            #expect(state["result"]?["exc_message"] == [0.1])
            // What the body still says is refused.
            try await eventually("the body's end") { events.all.contains("refused") }
            // The slot is fresh.
            harness.send("tasks.patient", id: "t2", headers: Self.limits(soft: 0.01))
            _ = try await harness.states(1)
        }
        #expect(harness.log.contains("error: Hard time limit (0.1s) exceeded for tasks.patient[t1]"))
        #expect(harness.worker.counters.timedOut.value == 1)
        #expect(harness.worker.counters.abandonedSlots.value == 1)
        #expect(
            events.all.filter { $0 != "refused" }.prefix(2) == ["onFailure timeLimit false", "afterReturn failure"]
        )
    }

    @Test func aHardLimitCanGiveTheMessageBack() async throws {
        let options = TaskOptions(acksLate: true, acksOnTimeout: false, timeLimit: .milliseconds(50))
        let harness = try WorkerHarness(concurrency: 1) {
            Patient(events: HookLog(), reaction: .stay, options: options)
        }
        let running = Task { try await harness.worker.run() }
        harness.send("tasks.patient")
        try await eventually("given back") { harness.broker.count(of: .rejectAndRequeue) >= 1 }
        harness.worker.shutDown(.cold)
        _ = try await running.value
    }

    @Test func tooManyLostThreadsAskForAFreshWorker() async throws {
        let harness = try WorkerHarness(concurrency: 2, configure: { $0.maxAbandonedSlots = 2 }) { Block() }
        let running = Task { try await harness.worker.run() }
        for number in 1...2 { harness.send("tasks.block", id: "t\(number)", headers: Self.limits(hard: 0.05)) }
        #expect(try await running.value == 70)
        // It is logged once the shutdown has begun.
        try await eventually("its reason") { harness.log.contains("critical: worker: This worker can't go on") }
    }

    @Test func hooksThatThrowChangeNothing() async throws {
        let harness = try WorkerHarness { BadHooks() }
        try await harness.run {
            harness.send("tasks.bad_hooks")
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "SUCCESS")
        }
        #expect(harness.log.contains("error: tasks.bad_hooks[t1]: its onSuccess threw: ValueError('hook')"))
        #expect(harness.log.contains("error: tasks.bad_hooks[t1]: its afterReturn threw: ValueError('hook')"))
    }

    @Test func argumentsThatDoNotFitReachTheHookAsNil() async throws {
        let events = HookLog()
        let harness = try WorkerHarness { Patient(events: events, reaction: .return) }
        try await harness.run {
            harness.send("tasks.patient", body: "[[1, 2, 3], {}, {}]")
            let state = try #require(try await harness.states(1).first)
            #expect(state["result"]?["exc_type"] == "TypeError")
        }
        #expect(events.all == ["onFailure error true", "afterReturn failure"])
    }
}

/// What hooks have seen, in order.
private final class HookLog: Sendable {
    private let entries = Lock<[String]>([])
    var all: [String] { entries.withLock { $0 } }

    func add(_ entry: String) { entries.withLock { $0.append(entry) } }
}

/// Waits for ever, and then does what it was made for.
private struct Patient: WorkerTask {
    static let name = "tasks.patient"
    struct Arguments: Decodable {}
    enum Reaction: Sendable {
        /// Lets the cancellation through.
        case none
        /// Catches the soft limit and returns.
        case `return`
        /// Blocks its thread and hears of nothing, for ten seconds.
        case stay
    }

    let events: HookLog
    let reaction: Reaction
    var options = TaskOptions()

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
        switch reaction {
        case .none: try await Task.sleep(for: .seconds(3600))
        case .return:
            while true {
                do {
                    try context.checkCancellation()
                    await Task.yield()
                } catch is SoftTimeLimitExceeded {
                    return "cleaned up"
                }
            }
        case .stay:
            let end = ContinuousClock.now + .seconds(10)
            while ContinuousClock.now < end, context.cancellationCause != .shutdown {
                usleep(1_000)
                if case .softTimeLimit = context.cancellationCause { break }
                if case .timeLimit = context.cancellationCause {
                    do { try await context.updateState("TOO LATE", meta: 1) } catch { events.add("refused") }
                    break
                }
            }
        }
        return "ended"
    }

    func onSuccess(_ output: String, _ arguments: Arguments, _ context: TaskContext) async throws {
        events.add("onSuccess \(output)")
    }

    func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws {
        try await Task.sleep(for: .milliseconds(1))
        events.add("onFailure \(failure.cause) \(arguments == nil)")
    }

    func afterReturn(_ end: TaskEnd, _ arguments: Arguments?, _ context: TaskContext) async throws {
        if case .success = end { events.add("afterReturn success") } else { events.add("afterReturn failure") }
    }
}

/// Blocks its thread and never looks up.
private struct Block: WorkerTask {
    static let name = "tasks.block"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        usleep(5_000_000)
        return 1
    }
}

private struct BadHooks: WorkerTask {
    static let name = "tasks.bad_hooks"
    struct Arguments: Decodable {}

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { 1 }

    func onSuccess(_ output: Int, _ arguments: Arguments, _ context: TaskContext) async throws {
        throw PythonException.valueError("hook")
    }

    func afterReturn(_ end: TaskEnd, _ arguments: Arguments?, _ context: TaskContext) async throws {
        throw PythonException.valueError("hook")
    }
}

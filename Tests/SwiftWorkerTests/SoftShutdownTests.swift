import BrokerModel
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Shutdowns that wait, but not for ever.
@Suite(.timeLimit(.minutes(1))) struct SoftShutdownTests {
    private static let late = TaskOptions(acksLate: true)

    /// Starts a worker with one running task, which ends when its gate is opened or it is cancelled.
    private func running(
        isBlocking: Bool = true,
        configure: (inout Settings) -> Void,
        _ test: (WorkerHarness, Wait.Gate, Task<Int32, any Error>) async throws -> Void
    ) async throws {
        let gate = Wait.Gate(isBlocking: isBlocking)
        defer { gate.remove() }
        let harness = try WorkerHarness(concurrency: 1, configure: configure) { Wait(options: Self.late, gate: gate) }
        harness.send("tasks.wait")
        let run = Task { try await harness.worker.run() }
        try await eventually("started") { gate.entered.count == 1 }
        try await test(harness, gate, run)
        #expect(harness.broker.leakedCount == 0)
        #expect(harness.log.all.last?.contains("worker: stopped: ") == true)
        #expect(harness.log.all.last?.contains(" 0 lost, of 1 received") == true)
    }

    @Test func aSoftShutdownEndsWhenItsTasksHaveEnded() async throws {
        try await running(configure: { $0.workerSoftShutdownTimeout = .seconds(3600) }) { harness, gate, run in
            let response = harness.worker.receive(.quit)
            #expect(response == .say("worker: Hitting Ctrl+C again will terminate all running tasks!"))
            try await eventually("soft") {
                harness.log.contains("warning: Initiating Soft Shutdown, terminating in 3600 seconds")
            }
            gate.open()
            let code = try await run.value
            #expect(code == 0)
            #expect(harness.broker.count(of: .ack) == 1)
            #expect(!harness.log.contains("Cold shutdown"))
        }
    }

    @Test func aSoftShutdownCancelsWhenItsTimeIsOver() async throws {
        try await running(isBlocking: false, configure: { $0.workerSoftShutdownTimeout = .milliseconds(20) }) {
            harness,
            _,
            run in
            harness.worker.shutDown(.cold)
            let code = try await run.value
            #expect(code == 0)
            #expect(harness.log.contains("warning: worker: Cold shutdown (MainProcess)"))
            #expect(harness.broker.count(of: .requeue) == 1)
            #expect(harness.worker.counters.cancelled.value == 1)
        }
    }

    @Test func aSignalDuringASoftShutdownCancelsAtOnce() async throws {
        try await running(isBlocking: false, configure: { $0.workerSoftShutdownTimeout = .seconds(3600) }) {
            harness,
            _,
            run in
            _ = harness.worker.receive(.interrupt)
            _ = harness.worker.receive(.interrupt)
            try await eventually("soft") { harness.log.contains("Initiating Soft Shutdown") }
            #expect(harness.worker.receive(.interrupt) == .say("worker: Cold shutdown (MainProcess)"))
            let code = try await run.value
            #expect(code == 1)
            #expect(harness.worker.counters.cancelled.value == 1)
            #expect(harness.worker.receive(.interrupt) == .exit(1))
        }
    }

    @Test(arguments: [false, true]) func anIdleWorkerWaitsOnlyWhereTold(_ isSoftWhenIdle: Bool) async throws {
        let harness = try WorkerHarness(configure: {
            $0.workerSoftShutdownTimeout = .milliseconds(50)
            $0.workerEnableSoftShutdownOnIdle = isSoftWhenIdle
        }) { Add() }
        try await harness.run {
            try await eventually("ready") { harness.log.contains("ready.") }
            harness.worker.shutDown(.cold)
        }
        #expect(harness.log.contains("Initiating Soft Shutdown, terminating in 0.05 seconds") == isSoftWhenIdle)
    }

    @Test(arguments: [false, true]) func aDrainThatTakesTooLongCancels(_ isBlocking: Bool) async throws {
        try await running(isBlocking: isBlocking, configure: { $0.workerDrainTimeout = .milliseconds(20) }) {
            harness,
            _,
            run in
            harness.worker.shutDown(.warm)
            let code = try await run.value
            #expect(code == 0)
            #expect(harness.log.contains("warning: 1 tasks still run after 0.02 s: cancelling them"))
            #expect(harness.broker.count(of: .requeue) == 1)
            #expect(harness.broker.readyCount(WorkerHarness.queue) == 1)
        }
    }

    @Test func theHooksOfATaskThatWasEndedByForceAreWaitedFor() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(
            concurrency: 1,
            limits: ShutdownLimits(storing: .milliseconds(20)),
            configure: { $0.publishTimeout = .milliseconds(100) },
            tasks: { SlowHook(gate: gate) }
        )
        harness.send("tasks.slow_hook", headers: ["timelimit": .array([.double(0.05), .void])])
        let run = Task { try await harness.worker.run() }
        try await eventually("the hook runs") { gate.entered.count == 1 }
        harness.worker.shutDown(.warm)
        await harness.worker.corridor.pool.finish()
        // Longer than results have to be stored.
        try await Task.sleep(for: .milliseconds(300))
        gate.remove()
        let code = try await run.value
        #expect(code == 0)
        let state = try #require(try await harness.states(1).first)
        #expect(state["result"]?["exc_type"] == "TimeLimitExceeded")
        #expect(!harness.log.contains("still not stored"))
        #expect(harness.log.all.last?.contains(" 0 lost, of 1 received") == true)
    }

    @Test func aSilentBrokerDoesNotKeepTheWorker() async throws {
        let gate = Wait.Gate()
        let broker = Lock<SilentBroker?>(nil)
        let short = ShutdownLimits(
            stopConsuming: .milliseconds(20),
            storing: .milliseconds(20),
            closing: .milliseconds(20)
        )
        let harness = try WorkerHarness(
            concurrency: 1,
            limits: short,
            wrap: { base in
                let silent = SilentBroker(base)
                broker.withLock { $0 = silent }
                return silent
            },
            configure: { $0.publishTimeout = .milliseconds(20) },
            tasks: { Wait(options: Self.late, gate: gate) }
        )
        for number in 1...3 { harness.send("tasks.wait", id: "t\(number)") }
        let run = Task { try await harness.worker.run() }
        defer { broker.withLock { $0 }?.end() }
        try await eventually("started") { gate.entered.count == 1 }
        broker.withLock { $0 }?.fallSilent()
        harness.worker.shutDown(.warm)
        try await eventually("nothing more starts") { harness.worker.corridor.waitingRoom.isClosed }
        gate.remove()
        let code = try await run.value
        #expect(code == 0)
        #expect(harness.log.contains("warning: consumer: The broker did not end the consumers in time"))
        #expect(harness.log.contains("error: 1 results are still not stored after"))
        #expect(harness.log.contains("warning: consumer: The connection could not be closed in time"))
        #expect(harness.log.contains("warning: publisher: The connection could not be closed in time"))
        #expect(harness.log.all.last?.contains("2 given back, 0 cancelled, 0 lost, of 3 received") == true)
    }
}

/// Runs until its hard limit, and then has a hook that waits for the test.
private struct SlowHook: WorkerTask {
    static let name = "tasks.slow_hook"
    struct Arguments: Decodable {}

    let gate: Wait.Gate

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int {
        while context.cancellationCause == nil { try? await Task.sleep(for: .milliseconds(1)) }
        return 1
    }

    func onFailure(_ failure: TaskFailure, _ arguments: Arguments?, _ context: TaskContext) async throws {
        gate.entered.append(context.request.id)
        _ = gate.exits.next()
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import PoolTasks
import SwiftWorkerTesting
import Testing

@testable import SwiftWorker

/// A type that retries too often is paused: its messages stay in the broker, and others run.
@Suite(.timeLimit(.minutes(1))) struct RetryBudgetWorkerTests {
    private func harness(pause: Duration) throws -> WorkerHarness {
        try WorkerHarness(
            configure: { settings in
                settings.taskRetryBudget = [
                    RetryBudgetSettings(
                        pattern: "pool.*",
                        retriesPerMinute: 1,
                        pause: pause,
                        maximumPause: .seconds(3600)
                    )
                ]
            },
            tasks: {
                TryAgain()
                Add()
            }
        )
    }

    private func send(_ harness: WorkerHarness, _ id: String, times: Int) {
        harness.send(TryAgain.name, id: id, body: #"[[], {"times": \#(times)}, {}]"#)
    }

    @Test func messagesOfAPausedTypeWaitInTheBroker() async throws {
        let harness = try harness(pause: .seconds(600))
        try await harness.run {
            send(harness, "t1", times: 9)
            #expect(try await harness.states(2).map { $0["status"] } == ["RETRY", "RETRY"])
            // The retry that was one too many is published nevertheless, and waits in the broker like the others.
            try await eventually("it waits") { harness.broker.delayed.count == 1 }
            #expect(harness.worker.counters.started.value == 2)
            #expect(harness.log.contains("warning: Tasks pool.try_again are paused for 600.0 s"))

            send(harness, "t2", times: 0)
            try await eventually("it is parked") { harness.worker.counters.parked.value == 1 }
            harness.send("tasks.add", id: "t3", body: "[[1, 2], {}, {}]")
            #expect(try await harness.states(1).first?["result"] == 3)
            #expect(harness.worker.counters.started.value == 3)
            let state = harness.worker.state
            #expect(state.contains("paused: pool.try_again, for "), "\(state)")
        }
        let parked = harness.broker.delayed
        #expect(
            parked.allSatisfy {
                $0.queue == WorkerHarness.queue && (.seconds(590)...(.seconds(600))).contains($0.delay)
            }
        )
        #expect(Set(parked.map { $0.message.properties.headers?["retries"] }) == [.int32(2), .int32(0)])
        let postponed = parked.first { $0.message.properties.headers?["retries"] == .int32(2) }?.message
        #expect(postponed?.properties.headers?["eta"] == .string((harness.clock.now + .seconds(600)).iso8601()))
    }

    /// Lets the pause end, and what was parked come again.
    private func endPause(_ harness: WorkerHarness) async throws {
        try await eventually("it is parked") { harness.broker.delayed.count == 1 }
        try await eventually("the end of the pause") { !harness.worker.state.contains("paused: ") }
        harness.clock.advance(by: .seconds(1))
        harness.broker.releaseDelayed()
    }

    @Test func aSuccessAfterThePauseEndsIt() async throws {
        let harness = try harness(pause: .milliseconds(200))
        try await harness.run {
            send(harness, "t1", times: 2)
            _ = try await harness.states(2)
            try await endPause(harness)
            #expect(try await harness.states(1).first?["status"] == "SUCCESS")
            #expect(harness.log.contains("info: Tasks pool.try_again work again after their pause"))
            send(harness, "t2", times: 1)
            #expect(Set(try await harness.states(2).map { $0["status"] }) == ["RETRY", "SUCCESS"])
        }
    }

    @Test func aTrialThatFailsPausesTwiceAsLong() async throws {
        let harness = try harness(pause: .milliseconds(200))
        try await harness.run {
            send(harness, "t1", times: 9)
            _ = try await harness.states(2)
            try await endPause(harness)
            _ = try await harness.states(1)
            #expect(harness.log.contains("warning: Tasks pool.try_again are paused for 0.4 s"))
        }
    }

    @Test func withoutABudgetNothingIsPaused() async throws {
        let harness = try WorkerHarness { TryAgain() }
        try await harness.run {
            for number in 0..<50 { send(harness, "t\(number)", times: 3) }
            let states = try await harness.states(200)
            #expect(states.count { $0["status"] == "RETRY" } == 150)
        }
    }
}

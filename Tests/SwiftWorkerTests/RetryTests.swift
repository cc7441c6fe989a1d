import BrokerModel
import CeleryProtocol
import JSON
import PoolTasks
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Retries from the message to the next run, its state and the settlement (reference, 3.8).
@Suite(.timeLimit(.minutes(2))) struct RetryTests {
    /// A worker whose publishes the test sees, and refuses if it likes.
    private struct Fixture {
        let harness: WorkerHarness
        let tap: TappedBroker

        init(
            pool: PoolKind = .threads,
            configure: (inout Settings) -> Void = { _ in },
            @TaskRegistry tasks: () -> TaskRegistry = { TaskRegistry([TryAgain()]) }
        ) throws {
            let broker = InMemoryBroker()
            let tap = TappedBroker(broker)
            self.tap = tap
            harness = try WorkerHarness(
                pool: pool,
                broker: broker,
                wrap: { _ in tap },
                configure: configure,
                tasks: tasks
            )
        }

        func send(_ id: String = "t1", _ kwargs: String, headers: FieldTable = [:]) {
            harness.send(TryAgain.name, id: id, body: "[[], \(kwargs), {}]", headers: headers)
        }

        var counters: WorkerCounters { harness.worker.counters }
    }

    @Test(arguments: [PoolKind.threads, .prefork]) func runsAgainUntilItSucceeds(_ pool: PoolKind) async throws {
        let fixture = try Fixture(pool: pool)
        let harness = fixture.harness
        try await harness.run {
            fixture.send("t1", #"{"times": 2}"#, headers: ["group": "g", "parent_id": "p"])
            let states = try await harness.states(3)
            // A next run that need not wait may be quicker than the state of the one before it.
            #expect(states.first?["status"] == "RETRY" && states.count { $0["status"] == "RETRY" } == 2)
            #expect(states.first { $0["status"] == "SUCCESS" }?["result"] == 2)
            let first = try #require(states.first)
            #expect(first["result"]?["exc_type"] == "ValueError" && first["result"]?["exc_message"] == ["not yet"])
            #expect(first["date_done"] == .null)
            #expect(first["children"] == [[["t1", .null], .null]])
            #expect(first["group_id"] == "g" && first["parent_id"] == "p" && first["task_id"] == "t1")
            #expect(
                first["traceback"]?.string?.hasSuffix("celery.exceptions.Retry: Retry in 0s: ValueError('not yet')\n")
                    == true
            )
            try await harness.settled(.ack, 3)
        }
        #expect(fixture.counters.retried.value == 2 && fixture.counters.succeeded.value == 1)
        #expect(harness.log.contains("info: Task pool.try_again[t1] retry: Retry in 0s: ValueError('not yet')"))
        #expect(harness.log.contains("3 finished, 0 given back, 0 cancelled, 0 lost, of 3 received"))
        #expect(harness.log.contains(" 2 retried, "))
        #expect(harness.broker.leakedCount == 0)
    }

    /// The order that loses nothing: next run, state, settlement. The hook comes before all of it.
    @Test(arguments: [PoolKind.threads, .prefork]) func theNextRunIsInTheBrokerFirst(_ pool: PoolKind) async throws {
        let fixture = try Fixture(pool: pool)
        let harness = fixture.harness
        let order = Lock<[String]>([])
        fixture.tap.before { message in
            let hooks = harness.log.all.count { $0.contains("onRetry") }
            let acks = harness.broker.count(of: .ack)
            order.withLock { $0.append("\(message.routingKey), \(hooks) hooks, \(acks) acks") }
        }
        try await harness.run {
            fixture.send("t1", #"{"times": 1, "way": "elsewhere"}"#)
            try await harness.settled(.ack)
        }
        #expect(order.withLock { $0 } == ["elsewhere, 1 hooks, 0 acks", "replies, 1 hooks, 0 acks"])
        let next = try #require(harness.broker.drain("elsewhere").first)
        #expect(next.properties.headers?["retries"] == .int32(1))
        #expect(
            next.properties.headers?["eta"] == .string((harness.clock.now + .seconds(20)).iso8601()) || pool == .prefork
        )
        #expect(next.properties.priority == 7 && next.properties.correlationID == "t1")
        #expect(String(decoding: next.body, as: UTF8.self).hasPrefix(#"[[], {"times": 0, "way": "error"}, {"#))
    }

    @Test func aNextRunThatIsRefusedSendsTheMessageBack() async throws {
        let fixture = try Fixture()
        let harness = fixture.harness
        fixture.tap.before { if $0.routingKey == WorkerHarness.queue { throw TappedBroker.Refused() } }
        try await harness.run {
            fixture.send("t1", #"{"times": 1}"#)
            try await eventually("it is refused") { fixture.counters.unpublished.value == 1 }
            // It is kept for a while: a broker that refuses is not to be asked without end.
            try await eventually("the pause") { harness.clock.sleeperCount == 1 }
            #expect(harness.broker.count(of: .requeue) == 0)
            #expect(harness.broker.readyCount(WorkerHarness.replies) == 0)
            fixture.tap.before { _ in }
            harness.clock.advance(by: FollowUps.pause)
            #expect(Set(try await harness.states(2).map { $0["status"] }) == ["RETRY", "SUCCESS"])
            try await harness.settled(.ack, 2)
            #expect(harness.broker.count(of: .requeue) == 1)
        }
        #expect(fixture.counters.returned.value == 1)
        #expect(harness.log.contains("the broker refuses"))
        #expect(harness.broker.leakedCount == 0)
    }

    /// What was acknowledged at its start can't go back. It is tried a few times; then the task has failed, and that is told.
    @Test func withEarlyAcknowledgementARefusedNextRunIsAFailure() async throws {
        let options = TaskOptions(retryPolicy: TaskRetryPolicy(retryDelay: .zero).retry(on: Fail.Oops.self))
        let fixture = try Fixture(tasks: { Fail(options: options) })
        fixture.tap.before { if $0.routingKey == WorkerHarness.queue { throw TappedBroker.Refused() } }
        try await fixture.harness.run {
            fixture.harness.send("tasks.fail")
            for _ in 1..<FollowUps.attemptsWithoutReturn {
                try await eventually("the pause") { fixture.harness.clock.sleeperCount == 1 }
                fixture.harness.clock.advance(by: FollowUps.pause)
            }
            let state = try #require(try await fixture.harness.states(1).first)
            #expect(state["status"] == "FAILURE")
        }
        #expect(fixture.counters.unpublished.value == 1 && fixture.counters.failed.value == 1)
        #expect(fixture.counters.retried.value == 0)
    }

    @Test func earlyAcknowledgementRetriesToo() async throws {
        let options = TaskOptions(
            retryPolicy: TaskRetryPolicy(maxRetries: 1, retryDelay: .zero).retry(on: Fail.Oops.self)
        )
        let fixture = try Fixture(tasks: { Fail(options: options) })
        try await fixture.harness.run {
            fixture.harness.send("tasks.fail")
            let states = try await fixture.harness.states(2)
            #expect(Set(states.map { $0["status"] }) == ["RETRY", "FAILURE"])
            #expect(states.allSatisfy { $0["result"]?["exc_type"] == "Oops" })
            try await fixture.harness.settled(.ack, 2)
        }
    }

    /// The connection is lost when the next run is published and the message not settled: it comes again, and so does its
    /// next run. Lost is nothing.
    @Test func aMessageThatComesAgainBehindItsNextRunRunsTwice() async throws {
        let fixture = try Fixture(configure: { $0.adoptRedelivered = false })
        let harness = fixture.harness
        let published = Lock(0)
        // The next run is not to be delivered on the connection that breaks: it would come twice, too.
        fixture.tap.before { message in
            if message.isSecondRun, published.withLock({ $0 == 0 }) { harness.broker.holdDeliveries(true) }
        }
        fixture.tap.after { message in
            guard message.isSecondRun else { return }
            let isFirst = published.withLock { count in
                count += 1
                return count == 1
            }
            if isFirst {
                harness.broker.breakConnections()
                harness.broker.holdDeliveries(false)
            }
        }
        try await harness.run {
            fixture.send("t1", #"{"times": 1}"#)
            let states = try await harness.states(4)
            #expect(states.count { $0["status"] == "RETRY" } == 2)
            #expect(states.count { $0["status"] == "SUCCESS" } == 2)
            // The fourth was for the connection that is gone.
            try await harness.settled(.ack, 3)
            #expect(harness.broker.readyCount(WorkerHarness.queue) == 0)
        }
        #expect(published.withLock { $0 } == 2)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func aRunThatTheWorkerStoppedIsNoRetry() async throws {
        let gate = Wait.Gate(isBlocking: false)
        let options = TaskOptions(acksLate: true, retryPolicy: TaskRetryPolicy(retriedErrors: .any))
        let fixture = try Fixture(tasks: { Wait(options: options, gate: gate) })
        let running = Task { try await fixture.harness.worker.run() }
        fixture.harness.send("tasks.wait")
        try await eventually("started") { gate.entered.count == 1 }
        fixture.harness.worker.shutDown(.cold)
        _ = try await running.value
        #expect(fixture.counters.retried.value == 0 && fixture.counters.cancelled.value == 1)
        #expect(fixture.harness.broker.count(of: .requeue) == 1)
        #expect(fixture.harness.broker.readyCount(WorkerHarness.queue) == 1)
    }

    @Test(arguments: [(true, false, 0), (true, true, 1), (false, false, 1)])
    func theStateIsStoredAsAFailureWouldBe(_ isIgnored: Bool, _ storesErrors: Bool, _ count: Int) async throws {
        let fixture = try Fixture(configure: { settings in
            settings.taskIgnoreResult = isIgnored
            settings.taskStoreErrorsEvenIfIgnored = storesErrors
        })
        try await fixture.harness.run {
            fixture.send("t1", #"{"times": 1, "way": "elsewhere"}"#)
            try await fixture.harness.settled(.ack)
            #expect(fixture.harness.broker.readyCount(WorkerHarness.replies) == count)
        }
        let next = try #require(fixture.harness.broker.drain("elsewhere").first)
        #expect(next.properties.headers?["ignore_result"] == .bool(isIgnored))
    }

    private static let slow = TaskOptions(
        acksLate: true,
        retryPolicy: TaskRetryPolicy(maxRetries: 1, retryDelay: .seconds(180)).retry(on: Fail.Oops.self)
    )

    @Test func aNextRunThatHasToWaitLongWaitsInTheBroker() async throws {
        let harness = try WorkerHarness { Fail(options: Self.slow) }
        try await harness.run {
            harness.send("tasks.fail")
            #expect(try await harness.states(1).first?["status"] == "RETRY")
            try await harness.settled(.ack)
            let delayed = try #require(harness.broker.delayed.first)
            #expect(harness.broker.delayed.count == 1)
            #expect(delayed.queue == WorkerHarness.queue && delayed.delay == .seconds(180))
            #expect(delayed.message.properties.headers?["retries"] == .int32(1))
            harness.clock.advance(by: .seconds(180))
            #expect(try await harness.states(1).first?["status"] == "FAILURE")
        }
        #expect(harness.worker.counters.parked.value == 0 && harness.worker.counters.started.value == 2)
    }

    @Test func whereTheBrokerTakesNoDelayedMessagesItsQueueHoldsIt() async throws {
        let fixture = try Fixture(tasks: { Fail(options: Self.slow) })
        fixture.tap.before { if DelayTopology.isDelayed($0.exchange) { throw TappedBroker.Refused() } }
        let harness = fixture.harness
        try await harness.run {
            harness.send("tasks.fail")
            #expect(try await harness.states(1).first?["status"] == "RETRY")
            try await harness.settled(.ack)
            #expect(fixture.counters.retried.value == 1 && fixture.counters.started.value == 1)
        }
        // It was given back at the end, as it waits.
        let next = harness.broker.drain(WorkerHarness.queue).first
        #expect(next?.properties.headers?["retries"] == .int32(1))
    }

    // A process that is lost, `task_retry_on_worker_lost`.

    @Test func aLostProcessCanBeARetry() async throws {
        let fixture = try Fixture(pool: .prefork, configure: { $0.taskRetryOnWorkerLost = true })
        let harness = fixture.harness
        try await harness.run {
            fixture.send("t1", #"{"times": 1, "way": "death"}"#)
            let states = try await harness.states(2)
            let retry = states.first { $0["status"] == "RETRY" }
            #expect(retry?["result"]?["exc_type"] == "WorkerLostError")
            try await harness.settled(.ack, 2)
        }
        #expect(fixture.counters.lost.value == 1 && fixture.counters.retried.value == 1)
        #expect(harness.log.contains("error: Task handler raised error: WorkerLostError('Worker exited prematurely"))
        #expect(harness.log.contains("info: Task pool.try_again[t1] retry: Retry in 0s: WorkerLostError("))
    }

    @Test func aLostProcessThatMayNotRetryAnyMoreHasFailed() async throws {
        let fixture = try Fixture(
            pool: .prefork,
            configure: { settings in
                settings.taskRetryOnWorkerLost = true
                settings.taskRejectOnWorkerLost = true
            },
            tasks: { Exit() }
        )
        try await fixture.harness.run {
            fixture.harness.send(Exit.name, body: #"[[], {"code": 9}, {}]"#) { $0.headers?["retries"] = .int32(3) }
            let state = try #require(try await fixture.harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            try await fixture.harness.settled(.ack)
        }
    }
}

extension OutgoingMessage {
    fileprivate var isSecondRun: Bool { properties.headers?["retries"] == .int32(1) }
}

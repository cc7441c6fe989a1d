import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// The corridor from the broker's message to its settlement, on the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct WorkerTests {
    @Test(arguments: [PoolKind.threads, .solo])
    func runsATaskAndSendsItsResult(_ pool: PoolKind) async throws {
        let harness = try WorkerHarness(pool: pool) { Add() }
        let exitCode = try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "SUCCESS")
            #expect(state["result"] == 3)
            #expect(state["task_id"] == "t1")
            #expect(state["traceback"] == .null)
            #expect(state["children"] == [])
            try await harness.settled(.ack)
        }
        #expect(exitCode == 0)
        #expect(harness.worker.counters.succeeded.value == 1)
        #expect(harness.log.contains("info: Task tasks.add[t1] received"))
        #expect(harness.log.contains("info: Task tasks.add[t1] succeeded in "))
        #expect(harness.log.contains("info: test@host ready."))
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func acksEarlyOrLate() async throws {
        for acksLate in [false, true] {
            let gate = Wait.Gate()
            let harness = try WorkerHarness { Wait(options: TaskOptions(acksLate: acksLate), gate: gate) }
            try await harness.run {
                harness.send("tasks.wait")
                try await eventually("started") { gate.entered.count == 1 }
                #expect(harness.broker.count(of: .ack) == (acksLate ? 0 : 1))
                gate.open()
                _ = try await harness.states(1)
                try await harness.settled(.ack)
            }
        }
    }

    @Test func storesAFailureThatPythonCanRaise() async throws {
        let harness = try WorkerHarness { Fail(options: TaskOptions(acksLate: true)) }
        try await harness.run {
            harness.send("tasks.fail")
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            #expect(state["result"]?["exc_type"] == "Oops")
            #expect(state["result"]?["exc_message"] == ["it broke"])
            #expect(state["traceback"]?.string?.hasSuffix("\n") == true)
            try await harness.settled(.ack)
        }
        #expect(harness.log.contains("error: Task tasks.fail[t1] raised unexpected: Oops('it broke')"))
    }

    @Test func rejectsAFailureWhereTold() async throws {
        let options = TaskOptions(acksLate: true, acksOnFailureOrTimeout: false)
        let harness = try WorkerHarness { Fail(options: options, error: PythonException.valueError("bad")) }
        try await harness.run {
            harness.send("tasks.fail")
            let state = try #require(try await harness.states(1).first)
            #expect(state["result"]?["exc_type"] == "ValueError")
            try await harness.settled(.reject)
        }
    }

    @Test func followsIgnoreAndReject() async throws {
        let options = TaskOptions(acksLate: true)
        let ignoring = try WorkerHarness { Fail(options: options, error: TaskControl.ignore) }
        try await ignoring.run {
            ignoring.send("tasks.fail")
            try await ignoring.settled(.ack)
            #expect(ignoring.broker.readyCount(WorkerHarness.replies) == 0)
        }
        let rejecting = try WorkerHarness {
            Fail(options: options, error: TaskControl.reject(reason: "no", requeue: false))
        }
        try await rejecting.run {
            rejecting.send("tasks.fail")
            let state = try #require(try await rejecting.states(1).first)
            #expect(state["result"]?["exc_type"] == "Reject")
            try await rejecting.settled(.reject)
        }
    }

    @Test func tracksStartedBeforeTheResult() async throws {
        let harness = try WorkerHarness(configure: { $0.taskTrackStarted = true }) { Add() }
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            let states = try await harness.states(2)
            #expect(states.map { $0["status"] } == ["STARTED", "SUCCESS"])
            #expect(states.first?["result"] == ["pid": 4711, "hostname": "test@host"])
            #expect(states.first?["date_done"] == .null)
        }
    }

    @Test func storesStatesOfTheBody() async throws {
        let harness = try WorkerHarness { Report() }
        try await harness.run {
            harness.send("tasks.report")
            let states = try await harness.states(2)
            #expect(states.map { $0["status"] } == ["PROCESSING", "SUCCESS"])
            #expect(states.first?["result"] == ["progress": 50])
            #expect(states.last?["result"] == "test@host")
        }
    }

    @Test func publishesWhatABodyEnqueues() async throws {
        let harness = try WorkerHarness {
            Add()
            Enqueue()
        }
        try await harness.run {
            harness.send("tasks.enqueue", headers: ["root_id": "root"])
            let states = try await harness.states(2)
            let parent = try #require(states.first { $0["task_id"] == "t1" })
            let child = try #require(states.first { $0["task_id"] != "t1" })
            #expect(child["result"] == 3)
            #expect(child["task_id"] == parent["result"])
            #expect(child["parent_id"] == "t1")
            #expect(parent["children"]?[0]?[0]?[0] == parent["result"])
        }
    }

    /// Celery reference, 5.2, `result_extended`.
    @Test func storesWhatWasCalledWhereTold() async throws {
        let harness = try WorkerHarness(configure: { $0.resultExtended = true }) { Add() }
        try await harness.run {
            harness.send("tasks.add", body: #"[[1], {"y": 2}, {}]"#)
            let state = try #require(try await harness.states(1).first)
            #expect(state["name"] == "tasks.add")
            #expect(state["args"] == [1])
            #expect(state["kwargs"] == ["y": 2])
            #expect(state["worker"] == "test@host")
            #expect(state["retries"] == 0)
            #expect(state["queue"] == "work")
        }
    }

    @Test func storesNothingThatIsIgnored() async throws {
        let harness = try WorkerHarness {
            Add()
            Fail()
        }
        try await harness.run {
            harness.send("tasks.add", id: "a", body: "[[1, 2], {}, {}]", headers: ["ignore_result": .bool(true)])
            harness.send("tasks.fail", id: "b", headers: ["ignore_result": .bool(true)])
            try await harness.settled(.ack, 2)
        }
        #expect(harness.broker.readyCount(WorkerHarness.replies) == 0)
    }

    @Test func failsAnUnregisteredTask() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.unknown")
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            #expect(state["result"]?["exc_type"] == "NotRegistered")
            #expect(state["result"]?["exc_message"] == ["tasks.unknown"])
            try await harness.settled(.reject)
        }
        #expect(harness.log.contains("Received unregistered task of type 'tasks.unknown'."))
    }

    /// The broker could not bring it back to a queue that goes with its consumer: it fails here instead of being lost.
    @Test func anUnregisteredTaskOfAnAutoDeletedQueueIsNotPassedOn() async throws {
        let harness = try WorkerHarness(
            change: { $0.queue.isAutoDelete = true },
            configure: { $0.unregisteredReturns = 5 },
            tasks: { Add() }
        )
        try await harness.run {
            try await eventually("consumes") { harness.broker.consumerCount(of: WorkerHarness.queue) == 1 }
            harness.send("tasks.unknown")
            let state = try #require(try await harness.states(1).first)
            #expect(state["result"]?["exc_type"] == "NotRegistered")
            try await harness.settled(.reject)
        }
        #expect(harness.broker.delayed.isEmpty)
    }

    /// It is passed on the next time instead of having failed: a broker may be slow.
    @Test func anUnregisteredTaskGoesBackWhenTheBrokerDoesNotAnswer() async throws {
        struct NoAnswer: BrokerRefusal { let isFinal = false }
        let isSilent = Lock(true)
        let harness = try WorkerHarness(
            wrap: { base in
                let broker = TappedBroker(base)
                broker.before { message in
                    if DelayTopology.isDelayed(message.exchange), isSilent.withLock({ $0 }) { throw NoAnswer() }
                }
                return broker
            },
            configure: { $0.unregisteredReturns = 5 },
            tasks: { Add() }
        )
        try await harness.run {
            harness.send("tasks.unknown")
            try await eventually("the pause") { harness.clock.sleeperCount == 1 }
            isSilent.withLock { $0 = false }
            harness.clock.advance(by: FollowUps.pause)
            try await harness.settled(.requeue)
            try await eventually("passed on") { harness.broker.delayed.count == 1 }
            try await harness.settled(.ack)
        }
        #expect(harness.broker.readyCount(WorkerHarness.replies) == 0)
    }

    @Test func revokesWhatHasExpired() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let past = (harness.clock.now + .seconds(-1)).iso8601()
            harness.send("tasks.add", body: "[[1, 2], {}, {}]", headers: ["expires": .string(past)])
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "REVOKED")
            #expect(state["result"]?["exc_message"] == ["expired"])
            try await harness.settled(.ack)
        }
        #expect(harness.log.contains("Discarding revoked task: tasks.add[t1]"))
    }

    @Test func holdsATaskUntilItsETA() async throws {
        let harness = try WorkerHarness(concurrency: 1, configure: { $0.workerPrefetchMultiplier = 1 }) { Add() }
        try await harness.run {
            let due = (harness.clock.now + .seconds(20)).iso8601()
            harness.send("tasks.add", id: "later", body: "[[1, 1], {}, {}]", headers: ["eta": .string(due)])
            try await eventually("the timer") { harness.clock.sleeperCount == 1 }
            // The held message must not keep the next one waiting, although the window is one.
            harness.send("tasks.add", id: "now", body: "[[2, 2], {}, {}]")
            #expect(try await harness.states(1).first?["task_id"] == "now")
            harness.clock.advance(by: .seconds(20))
            #expect(try await harness.states(1).first?["task_id"] == "later")
            try await harness.settled(.ack, 2)
        }
    }

    @Test(arguments: ["callbacks", "errbacks", "chain"])
    func doesNotRunWhatItCannotFollow(_ key: String) async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", body: #"[[1, 2], {}, {"\#(key)": [{"task": "x"}]}]"#)
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE")
            #expect(state["result"]?["exc_type"] == "NotImplementedError")
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.started.value == 0)
    }

    /// Bodies and properties of the table of poison messages (Celery reference, 3.10).
    @Test func survivesPoison() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", id: "a", body: "not json")
            try await harness.settled(.ack, 1)
            harness.send("tasks.add", id: "b") { $0.contentType = "application/x-python-serialize" }
            try await harness.settled(.reject, 1)
            harness.send("tasks.add", id: "c", headers: ["eta": "garbage"])
            try await harness.settled(.reject, 2)
            harness.send("tasks.add", id: "d", body: "null")
            try await harness.settled(.reject, 3)
            harness.send("tasks.add", id: "e") { $0.headers?["id"] = nil }
            try await harness.settled(.reject, 4)
            harness.send("tasks.add", id: "f", body: "{}") { $0.headers = [:] }
            try await harness.settled(.reject, 5)
            harness.send("tasks.add", id: "g", body: "[[1, 2], {}, {}]", headers: ["compression": "application/zstd"])
            try await harness.settled(.ack, 2)
            harness.send("tasks.add", id: "h", body: "[[1, 2], [], {}]")
            let state = try #require(try await harness.states(1).first)
            #expect(state["result"]?["exc_type"] == "InvalidTaskError")
            harness.send("tasks.add", id: "z", body: "[[1, 2], {}, {}]")
            #expect(try await harness.states(1).first?["result"] == 3)
        }
        #expect(harness.worker.counters.refused.value == 7)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func runsProtocolOne() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", body: #"{"task": "tasks.add", "id": "v1", "args": [1, 2], "kwargs": {}}"#) {
                $0.headers = [:]
            }
            #expect(try await harness.states(1).first?["result"] == 3)
            try await harness.settled(.ack)
        }
    }

    @Test func refusesTwoTasksOfOneName() {
        #expect(throws: WorkerError.self) {
            _ = try WorkerHarness {
                Add()
                Add(options: TaskOptions(acksLate: true))
            }
        }
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import SwiftWorkerTesting
import Testing

@testable import SwiftWorker

/// Messages on their way into the dead-letter queue, on the in-memory broker.
@Suite(.timeLimit(.minutes(1))) struct DeadLetterCorridorTests {
    private static let dead = "work.dead"

    private func harness(
        broker: InMemoryBroker? = nil,
        change: (inout Settings) -> Void = { _ in },
        @TaskRegistry tasks: () -> TaskRegistry = { TaskRegistry([Add()]) }
    ) throws -> WorkerHarness {
        try WorkerHarness(
            broker: broker,
            configure: {
                $0.deadLetters = true
                $0.taskDeadLetter = [DeadLetterPolicy.failures(true)]
                change(&$0)
            },
            tasks: tasks
        )
    }

    private func letter(_ harness: WorkerHarness) async throws -> (message: OutgoingMessage, note: DeadLetterNote) {
        try await eventually("a dead letter") { harness.broker.readyCount(Self.dead) == 1 }
        let message = try #require(harness.broker.drain(Self.dead).first)
        return (message, DeadLetterNote(notedIn: message.properties.headers ?? [:]))
    }

    @Test(arguments: [true, false])
    func aFailureIsKeptAndToldOf(_ acksLate: Bool) async throws {
        let harness = try harness(tasks: { Fail(options: TaskOptions(acksLate: acksLate)) })
        try await harness.run {
            let body = #"[[],   {}, {"callbacks": null}]"#
            harness.send("tasks.fail", body: body, headers: ["root_id": "r", "attempt": "x"])
            let (message, note) = try await letter(harness)
            #expect(String(decoding: message.body, as: UTF8.self) == body)
            #expect(message.properties.correlationID == "t1" && message.properties.headers?["root_id"] == "r")
            #expect(note.reason == .failed && note.exception == "Oops('it broke')" && note.worker == "test@host")
            #expect(note.queue == "work" && note.attempts == 1 && note.firstFailure == harness.clock.now)
            #expect(note.traceback?.contains("tasks.fail") == true)
            let state = try #require(try await harness.states(1).first)
            #expect(state["status"] == "FAILURE" && state["result"]?["exc_type"] == "Oops")
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.deadLettered.value == 1)
        #expect(harness.worker.counters.failed.value == 1)
        #expect(harness.broker.count(of: .reject) == 0)
    }

    /// Rejected as well, it would be dead-lettered twice where the broker has a policy for that.
    @Test func whatIsKeptIsAckedWhateverTheVerbWouldBe() async throws {
        let options = TaskOptions(acksLate: true, acksOnFailureOrTimeout: false)
        let harness = try harness(broker: InMemoryBroker(deadLettersRejected: true), tasks: { Fail(options: options) })
        try await harness.run {
            harness.send("tasks.fail")
            try await harness.settled(.ack)
        }
        #expect(harness.broker.readyCount(Self.dead) == 1)
    }

    @Test func failuresAreNotKeptByDefault() async throws {
        let harness = try harness(
            change: { $0.taskDeadLetter = [] },
            tasks: { Fail(options: TaskOptions(acksLate: true)) }
        )
        try await harness.run {
            harness.send("tasks.fail")
            _ = try await harness.states(1)
            try await harness.settled(.ack)
        }
        #expect(harness.broker.readyCount(Self.dead) == 0)
    }

    @Test func successesLeaveNothing() async throws {
        let harness = try harness()
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            _ = try await harness.states(1)
            try await harness.settled(.ack)
        }
        #expect(harness.broker.readyCount(Self.dead) == 0 && harness.worker.counters.deadLettered.value == 0)
    }

    /// The table of poison messages (Celery reference, 3.10).
    @Test func poisonIsKeptAsItCame() async throws {
        let harness = try harness()
        try await harness.run {
            harness.send("tasks.add", id: "a", body: "not json")
            #expect(try await letter(harness).note.reason == .undecodable)
            harness.send("tasks.add", id: "b") { $0.contentType = "application/x-python-serialize" }
            #expect(try await letter(harness).note.reason == .undecodable)
            harness.send("tasks.add", id: "c", headers: ["eta": "garbage"])
            #expect(try await letter(harness).note.reason == .malformed)
            harness.send("tasks.add", id: "d", body: "null")
            #expect(try await letter(harness).note.reason == .malformed)
            harness.send("tasks.add", id: "e") { $0.headers?["id"] = nil }
            #expect(try await letter(harness).note.reason == .malformed)
            harness.send("tasks.add", id: "f", body: "{}") { $0.headers = [:] }
            let (message, note) = try await letter(harness)
            #expect(note.reason == .malformed && note.exceptionType == "celery.exceptions.InvalidTaskError")
            #expect(message.body == Array("{}".utf8))
            try await harness.settled(.ack, 6)
        }
        #expect(harness.worker.counters.refused.value == 6 && harness.worker.counters.deadLettered.value == 6)
        #expect(harness.broker.count(of: .reject) == 0 && harness.broker.leakedCount == 0)
    }

    @Test func anUnregisteredTaskIsPassedOnFirst() async throws {
        let harness = try harness(change: { $0.unregisteredReturns = 2 })
        try await harness.run {
            harness.send("tasks.unknown")
            for round in 1...2 {
                try await eventually("passed on") { harness.broker.delayed.count == 1 }
                let delayed = try #require(harness.broker.delayed.first)
                #expect(delayed.queue == "work" && delayed.delay == .seconds(10))
                try await harness.settled(.ack, round)
                #expect(harness.broker.readyCount(WorkerHarness.replies) == 0)
                harness.broker.releaseDelayed()
            }
            let (message, note) = try await letter(harness)
            #expect(note.reason == .unregistered && note.exception?.contains("tasks.unknown") == true)
            #expect(message.properties.headers?["x-death"] == nil)
            let state = try #require(try await harness.states(1).first)
            #expect(state["result"]?["exc_type"] == "NotRegistered")
            try await harness.settled(.ack, 3)
        }
        #expect(harness.worker.counters.parked.value == 2 && harness.worker.counters.unregistered.value == 1)
        #expect(harness.log.contains("it is passed on"))
    }

    @Test func aWorkerThatKnowsTheTaskRunsItWhenItWasPassedOn() async throws {
        let broker = InMemoryBroker()
        let old = try harness(broker: broker, change: { $0.unregisteredReturns = 1 }, tasks: { Fail() })
        try await old.run {
            old.send("tasks.add", body: "[[1, 2], {}, {}]")
            try await eventually("passed on") { broker.delayed.count == 1 }
            try await old.settled(.ack)
        }
        broker.releaseDelayed()
        let new = try harness(broker: broker)
        try await new.run {
            let state = try #require(try await new.states(1).first)
            #expect(state["result"] == 3)
        }
        #expect(broker.readyCount(Self.dead) == 0)
    }

    // MARK: Nothing is lost when publishing fails

    @Test func aFailureThatCannotBeKeptGoesBack() async throws {
        let harness = try harness(tasks: { Fail(options: TaskOptions(acksLate: true)) })
        try await harness.run {
            harness.broker.refusePublishing(true)
            harness.send("tasks.fail")
            try await eventually("the pause") { harness.clock.sleeperCount == 1 }
            #expect(harness.broker.count(of: .ack) == 0)
            harness.broker.refusePublishing(false)
            harness.clock.advance(by: FollowUps.pause)
            try await harness.settled(.requeue)
            let note = try await letter(harness).note
            #expect(note.reason == .failed)
            #expect(try await harness.states(1).count == 1)
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.unpublished.value == 1 && harness.worker.counters.returned.value == 1)
    }

    @Test func poisonThatCannotBeKeptGoesBack() async throws {
        let harness = try harness()
        try await harness.run {
            harness.broker.refusePublishing(true)
            harness.send("tasks.add") { $0.headers?["id"] = nil }
            try await eventually("the pause") { harness.clock.sleeperCount == 1 }
            harness.broker.refusePublishing(false)
            harness.clock.advance(by: FollowUps.pause)
            try await harness.settled(.requeue)
            #expect(try await letter(harness).note.reason == .malformed)
            try await harness.settled(.ack)
        }
        #expect(harness.worker.counters.refused.value == 1)
    }

    @Test func anEarlyAckedFailureIsTriedAgain() async throws {
        let harness = try harness(tasks: { Fail(options: TaskOptions(acksLate: false)) })
        try await harness.run {
            harness.broker.refusePublishing(true)
            harness.send("tasks.fail")
            try await eventually("the pause") { harness.clock.sleeperCount == 1 }
            harness.broker.refusePublishing(false)
            harness.clock.advance(by: FollowUps.pause)
            #expect(try await letter(harness).note.reason == .failed)
            #expect(try await harness.states(1).first?["result"]?["exc_type"] == "Oops")
        }
        #expect(harness.worker.counters.unpublished.value == 0)
    }

    @Test func eachQueueIsDeclaredWithItsDeadLetterQueue() async throws {
        for type in ["quorum", "classic"] {
            let arguments: FieldTable = ["x-queue-type": .string(type)]
            let harness = try harness(change: { $0.deadLetterQueueType = type })
            try await harness.run {
                try await eventually("consuming") { harness.log.contains("ready.") }
                let steps = harness.broker.declarations
                #expect(steps.contains(.exchange(ExchangeDeclaration(name: "swiftworker.dead", type: .direct))))
                #expect(steps.contains(.queue(QueueDeclaration(name: Self.dead, arguments: arguments))))
                #expect(
                    steps.contains(
                        .bindQueue(QueueBinding(queue: Self.dead, exchange: "swiftworker.dead", routingKey: "work"))
                    )
                )
            }
        }
        let off = try harness(change: { $0.deadLetters = false })
        try await off.run {
            try await eventually("consuming") { off.log.contains("ready.") }
            #expect(!off.broker.declarations.contains { "\($0)".contains("dead") })
        }
    }
}

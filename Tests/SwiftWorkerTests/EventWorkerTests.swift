import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// What a worker on the in-memory broker tells of itself and of its tasks.
@Suite(.timeLimit(.minutes(1))) struct EventWorkerTests {
    struct Step: WorkerTask {
        static let name = "tasks.step"
        struct Arguments: Decodable {}

        func run(_ arguments: Arguments, _ context: TaskContext) throws -> String {
            try context.sendEvent("task-step", ["of": 1])
            return "done"
        }
    }

    struct Silent: WorkerTask {
        static let name = "tasks.silent"
        struct Arguments: Decodable {}
        var options: TaskOptions { TaskOptions(sendsEvents: false) }

        func run(_ arguments: Arguments, _ context: TaskContext) -> Int { 0 }
    }

    private func harness(_ configure: @escaping (inout Settings) -> Void = { _ in }) throws -> WorkerHarness {
        try WorkerHarness(configure: { settings in
            settings.workerSendTaskEvents = true
            configure(&settings)
        }) {
            Add()
            Step()
            Silent()
        }
    }

    /// Waits for events, of all tasks, and checks their types.
    private func expect(
        _ expected: [String],
        _ harness: WorkerHarness,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        var types: [String] = []
        try await eventually("\(expected), has \(types)", sourceLocation: sourceLocation) {
            for message in harness.broker.drain("task.multi") {
                for event in try JSONValue(parsing: message.body).array ?? [] {
                    types.append(event["type"]?.string ?? "")
                }
            }
            return types.count >= expected.count
        }
        #expect(types == expected, sourceLocation: sourceLocation)
    }

    @Test func tellsOfEachTask() async throws {
        let harness = try harness()
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            try await expect(["task-received", "task-started", "task-succeeded"], harness)
            harness.send("tasks.add", id: "t2", body: "[[1], {}, {}]")
            try await expect(["task-received", "task-started", "task-failed"], harness)
            harness.send("tasks.nosuch", id: "t3")
            try await expect(["task-failed"], harness)
            harness.send("tasks.silent", id: "t4")
            harness.send("tasks.add", id: "t5", headers: ["expires": "2001-01-01T00:00:00+00:00"])
            try await expect(["task-revoked"], harness)
        }
        #expect(harness.worker.counters.eventsDropped.value == 0)
    }

    struct Call: WorkerTask {
        static let name = "tasks.call"
        struct Arguments: Decodable {}

        func run(_ arguments: Arguments, _ context: TaskContext) async throws -> String {
            try await context.enqueue(TaskCall("tasks.elsewhere", queue: "elsewhere"))
        }
    }

    @Test func tellsWhatItPublishesWhereTold() async throws {
        let harness = try WorkerHarness(configure: { settings in
            settings.workerSendTaskEvents = true
            settings.taskSendSentEvent = true
        }) {
            Call()
        }
        try await harness.run {
            harness.send("tasks.call")
            try await expect(["task-received", "task-started", "task-sent", "task-succeeded"], harness)
            #expect(harness.broker.readyCount("elsewhere") == 1)
        }
    }

    @Test func anEventOfATasksOwnHasItsOwnKey() async throws {
        let harness = try harness {
            $0.workerSendTaskEvents = false
            $0.eventHeartbeat = .seconds(60)
        }
        try await harness.run {
            harness.send("tasks.step", id: "own")
            var messages: [OutgoingMessage] = []
            try await eventually("its event") {
                messages += harness.broker.drain("task.step")
                return !messages.isEmpty
            }
            let event = try JSONValue(parsing: messages[0].body)
            #expect(event["uuid"] == "own" && event["of"] == 1 && event["hostname"] == "test@host")
            #expect(harness.broker.readyCount("task.multi") == 0)
        }
    }

    @Test func saysThatItIsThereAndThatItGoes() async throws {
        let harness = try harness { $0.eventHeartbeat = .milliseconds(20) }
        try await harness.run {
            try await eventually("two heartbeats") { harness.broker.readyCount("worker.heartbeat") >= 2 }
            #expect(harness.broker.readyCount("worker.online") == 1)
            #expect(harness.broker.readyCount("worker.offline") == 0)
        }
        let last = try #require(harness.broker.drain("worker.offline").first)
        #expect(try JSONValue(parsing: last.body)["freq"] == 0.02)
    }

    @Test func areTurnedOnAndOffByRemote() async throws {
        let harness = try harness {
            $0.workerSendTaskEvents = false
            $0.eventHeartbeat = .seconds(60)
        }
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            _ = try await harness.states(1)
            try await harness.expect(["ok": "task events already disabled"], from: "disable_events")
            try await harness.expect(["ok": "task events enabled"], from: "enable_events")
            try await harness.expect(["ok": "task events already enabled"], from: "enable_events")
            harness.send("tasks.add", id: "t2", body: "[[1, 2], {}, {}]")
            try await expect(["task-received", "task-started", "task-succeeded"], harness)
            try await harness.expect(["ok": "task events disabled"], from: "disable_events")
            harness.send("tasks.add", id: "t3", body: "[[1, 2], {}, {}]")
            _ = try await harness.states(2)
            #expect(harness.broker.readyCount("task.multi") == 0)
        }
    }

    @Test func aShareOfTasksCanBeEnough() async throws {
        let harness = try harness { $0.eventSampling = [EventShare(pattern: "tasks.add", share: 0)] }
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            harness.send("tasks.nosuch", id: "t2")
            try await expect(["task-failed"], harness)
        }
        #expect(harness.broker.readyCount("task.multi") == 0)
    }

    @Test func withoutAnybodyWhoWantsThemTheyCantBeTurnedOn() async throws {
        let harness = try harness {
            $0.workerSendTaskEvents = false
        }
        try await harness.run {
            try await harness.expect(["error": "event dispatcher unavailable"], from: "enable_events")
        }
    }

    @Test func whatTasksSayByThemselvesIsSentAllTheSame() async throws {
        let harness = try WorkerHarness(configure: { $0.taskSendSentEvent = true }) {
            Call()
            Step()
        }
        try await harness.run {
            try await eventually("ready") { harness.log.contains("test@host ready.") }
            // Who says nothing has no connection for it.
            #expect(!harness.worker.link.events.isConnected)
            harness.send("tasks.step")
            try await eventually("its event") { harness.broker.readyCount("task.step") == 1 }
            harness.send("tasks.call", id: "t2")
            try await expect(["task-sent"], harness)
        }
        #expect(harness.worker.counters.eventsDropped.value == 0)
    }

    struct Misnamed: WorkerTask {
        static let name = "tasks.misnamed"
        struct Arguments: Decodable {}
        static let longest = "task-" + String(repeating: "x", count: 250)

        func run(_ arguments: Arguments, _ context: TaskContext) throws -> Int {
            for type in ["", Self.longest + "x", Self.longest] { try context.sendEvent(type) }
            return 0
        }
    }

    @Test func aTypeThatIsNoRoutingKeyIsDropped() async throws {
        let harness = try WorkerHarness { Misnamed() }
        try await harness.run {
            harness.send("tasks.misnamed")
            let key = "task.\(Misnamed.longest.dropFirst(5))"
            try await eventually("the longest") { harness.broker.readyCount(key) == 1 }
        }
        #expect(harness.worker.counters.eventsDropped.value == 2)
        #expect(
            harness.log.contains(
                "warning: events: An event of task t1 is dropped: its type has 256 bytes; it may have 1 to 255"
            )
        )
    }

    struct Refusal: BrokerRefusal { let isFinal: Bool }

    /// A worker whose broker does not take a task's own event at the first attempt.
    private func refusing(isFinal: Bool) throws -> WorkerHarness {
        let broker = InMemoryBroker()
        let tap = TappedBroker(broker)
        let attempts = BlockingQueue<Void>()
        tap.before { message in
            guard message.routingKey == "task.step" else { return }
            attempts.append(())
            if attempts.count == 1 { throw Refusal(isFinal: isFinal) }
        }
        return try WorkerHarness(broker: broker, wrap: { _ in tap }, configure: { $0.workerSendTaskEvents = true }) {
            Step()
        }
    }

    @Test func aRefusedMessageIsDroppedAndThoseBehindItGo() async throws {
        let harness = try refusing(isFinal: true)
        try await harness.run {
            harness.send("tasks.step")
            try await expect(["task-received", "task-started", "task-succeeded"], harness)
            #expect(harness.broker.readyCount("task.step") == 0)
        }
        #expect(harness.worker.counters.eventsDropped.value == 1)
        #expect(harness.log.contains("is dropped"))
    }

    @Test func aMessageThatIsOnlyNotTakenNowComesAgain() async throws {
        let harness = try refusing(isFinal: false)
        try await harness.run {
            harness.send("tasks.step")
            try await expect(["task-received", "task-started", "task-succeeded"], harness)
            #expect(harness.broker.readyCount("task.step") == 1)
        }
        #expect(harness.worker.counters.eventsDropped.value == 0)
    }
}

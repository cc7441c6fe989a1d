import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorkerTesting
import Testing
import Threads

@testable import SwiftWorker

/// Commands to a worker on the in-memory broker: how they come, and how they are answered.
@Suite(.timeLimit(.minutes(1))) struct RemoteControlTests {
    @Test func answersWhileAllSlotsAreBusy() async throws {
        let gate = Wait.Gate()
        let harness = try WorkerHarness(pool: .solo) { Wait(gate: gate) }
        try await harness.run {
            harness.send("tasks.wait")
            try await eventually("started") { gate.entered.count == 1 }
            try await harness.expect(["ok": "pong"], from: "ping")
            gate.open()
            try await harness.settled(.ack, 2)
        }
        #expect(harness.worker.counters.controlRequests.value == 1)
    }

    @Test func answersAsCelery() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            try await harness.expect(["error": "KeyError('nosuch')"], from: "nosuch")
            let missing = "TypeError(\"revoke() missing 1 required positional argument: 'task_id'\")"
            try await harness.expect(["error": .string(missing)], from: "revoke")
            let limit: JSONObject = ["task_name": "tasks.add", "rate_limit": "nonsense"]
            let invalid = "Invalid rate limit string: ValueError(\"could not convert string to float: 'nonsense'\")"
            try await harness.expect(["error": .string(invalid)], from: "rate_limit", limit)
            let unknown: JSONObject = ["task_name": "tasks.none", "rate_limit": "5/s"]
            try await harness.expect(["error": "unknown task"], from: "rate_limit", unknown)
        }
        #expect(harness.log.contains("error: pidbox command error: KeyError('nosuch')"))
        #expect(harness.log.contains("error: Rate limit attempt for unknown task tasks.none"))
    }

    @Test func whatIsNotForItOrNoRequestIsLeftAlone() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            for body in ["", "[]", "{", #"{"method": 5}"#, #"{"method": "ping", "reply_to": 5}"#] {
                let properties = MessageProperties(contentType: "application/json", contentEncoding: "utf-8")
                harness.broker.publish(
                    OutgoingMessage(
                        routingKey: "test@host.celery.pidbox",
                        properties: properties,
                        body: Array(body.utf8)
                    )
                )
            }
            var other = ControlRequest("ping")
            other.destination = ["other@host"]
            other.replyTo = .init(exchange: "reply.celery.pidbox", routingKey: WorkerHarness.client)
            harness.ask(other)
            try await harness.expect(["ok": "pong"], from: "ping", destination: ["test@host"])
        }
        #expect(harness.worker.counters.controlRefused.value == 4)
        #expect(harness.worker.counters.controlRequests.value == 2)
        #expect(harness.broker.leakedCount == 0)
    }

    @Test func repliesCarryTicketAndClock() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            var request = ControlRequest("ping")
            request.ticket = "t"
            request.replyTo = .init(exchange: "reply.celery.pidbox", routingKey: WorkerHarness.client)
            harness.ask(request)
            try await eventually("a reply") { harness.broker.readyCount(WorkerHarness.client) == 1 }
            let message = try #require(harness.broker.drain(WorkerHarness.client).first)
            #expect(message.exchange == "reply.celery.pidbox")
            // The request's clock is 5.
            #expect(message.properties.headers == ["ticket": "t", "clock": .integer(7)])
        }
    }

    /// Not that of results, which a reply that the broker refuses would close.
    @Test func repliesGoByTheConnectionOfEventsMadeForTheFirst() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            harness.send("tasks.add", body: "[[1, 2], {}, {}]")
            try await harness.expectState("result", 3)
            #expect(!harness.worker.link.events.isConnected)
            try await harness.expect(["ok": "pong"], from: "ping")
            try await eventually("its connection") { harness.worker.link.events.isConnected }
        }
    }

    @Test func aReplyThatIsTooLargeIsAnError() async throws {
        let much = CustomCommand("much") { _ in .string(String(repeating: "x", count: 9 << 20)) }
        let harness = try WorkerHarness(commands: [much]) { Add() }
        try await harness.run {
            let reply = try await harness.command("much")
            #expect(reply["error"]?.string?.contains("more than the limit of 8388608") == true)
        }
        #expect(harness.log.contains("warning: control: 'much': the reply has "))
    }

    @Test func canBeSwitchedOff() async throws {
        let harness = try WorkerHarness(configure: { $0.workerEnableRemoteControl = false }) { Add() }
        try await harness.run {
            try await eventually("ready") { harness.log.contains("test@host ready.") }
            #expect(harness.broker.consumerCount(of: "test@host.celery.pidbox") == 0)
        }
    }

    @Test func queuesComeAndGo() async throws {
        let harness = try WorkerHarness { Add() }
        try await harness.run {
            let added = try await harness.command("add_consumer", ["queue": "extra"])
            #expect(added == ["ok": "add consumer extra"])
            harness.send("tasks.add", queue: "extra", body: "[[1, 2], {}, {}]")
            try await harness.expectState("result", 3)
            // What has to wait long waits in the broker, as that of any other queue.
            try await eventually("its delays") { harness.log.contains("info: Started consuming from extra") }
            let eta = (harness.clock.workerClock.wall() + .seconds(3600)).iso8601()
            harness.send("tasks.add", id: "later", queue: "extra", headers: ["eta": .string(eta)])
            try await eventually("parked") { harness.broker.delayed.map(\.queue) == ["extra"] }
            _ = try await harness.command("add_consumer", ["queue": "extra"])
            let cancelled = try await harness.command("cancel_consumer", ["queue": "extra"])
            #expect(cancelled == ["ok": "no longer consuming from extra"])
            try await eventually("no consumer") { harness.broker.consumerCount(of: "extra") == 0 }
            _ = try await harness.command("cancel_consumer", ["queue": "nosuch"])
            #expect(harness.broker.consumerCount(of: WorkerHarness.queue) == 1)
        }
        #expect(harness.log.all.count { $0 == "info: Started consuming from extra" } == 1)
        #expect(harness.log.contains("info: Canceling queue extra"))
    }

    /// With other arguments than at the start the broker would refuse it.
    @Test func aQueueOfTheStartComesBackAsItWas() async throws {
        let harness = try WorkerHarness(
            queues: ["made"],
            queueArguments: ["x-queue-type": "quorum"],
            change: { $0.exchange = ExchangeDeclaration(name: "C.dq2") }
        ) { Add() }
        try await harness.run {
            try await eventually("a consumer") { harness.broker.consumerCount(of: "made") == 1 }
            _ = try await harness.command("cancel_consumer", ["queue": "made"])
            try await eventually("no consumer") { harness.broker.consumerCount(of: "made") == 0 }
            try await harness.expect(["ok": "add consumer made"], from: "add_consumer", ["queue": "made"])
            try await eventually("a consumer again") { harness.broker.consumerCount(of: "made") == 1 }
        }
        let declarations = harness.broker.declarations
        let queues = declarations.compactMap { step -> QueueDeclaration? in
            guard case .queue(let queue) = step, queue.name == "made" else { return nil }
            return queue
        }
        #expect(queues.count >= 2)
        #expect(queues.allSatisfy { $0.arguments["x-queue-type"] == "quorum" })
        #expect(!declarations.contains(.exchange(ExchangeDeclaration(name: "made"))))
    }

    @Test func aDurableExclusiveQueueIsAContradiction() throws {
        #expect(throws: WorkerError.self) {
            try WorkerHarness(configure: { $0.controlQueueDurable = true }) { Add() }
        }
    }
}

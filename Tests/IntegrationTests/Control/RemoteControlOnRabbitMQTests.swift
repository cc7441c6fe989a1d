import AMQP
import BrokerModel
import CeleryProtocol
import ControlStores
import ChildPrograms
import Foundation
import JSON
import OrderedCollections
import Postgres
import SwiftWorker
import Testing

/// Remote control of worker processes on the real broker, with the control store in the real PostgreSQL.
@Suite(.timeLimit(.minutes(4))) struct RemoteControlOnRabbitMQTests {
    private static func node() -> String { "w\(UInt32.random(in: 0 ... .max))@host" }

    private func worker(
        _ node: String,
        queues: String,
        pool: String = "threads",
        store: String? = nil
    ) throws -> WorkerProcess {
        try WorkerProcess(
            ["-n", node, "-Q", queues, "-P", pool, "-c", "2"],
            environment: store.map { ["SWIFTWORKER_CONTROL_URL": $0, "SWIFTWORKER_TASK_ACKS_LATE": "true"] }
                ?? ["SWIFTWORKER_TASK_ACKS_LATE": "true"]
        )
    }

    private func send(
        _ channel: AMQPChannel,
        _ id: String,
        of task: String = "tasks.ledger",
        to queue: String,
        milliseconds: Int64 = 0
    ) async throws {
        let task = OutgoingTask(
            task: task,
            id: id,
            args: [.integer(milliseconds)],
            kwargs: [:],
            origin: "test"
        )
        try await channel.publish(
            try task.message(exchange: "", routingKey: queue, now: Instant(secondsSince1970: 0))
        )
    }

    private func status(_ queue: String) async throws -> QueueStatus {
        try await TestBroker.withChannel { _, channel in
            try await channel.declareQueue(QueueDeclaration(name: queue), isPassive: true)
        }
    }

    @Test func theToolSpeaksAsCelerys() async throws {
        try await TestBroker.withQueue { queue in
            let node = Self.node()
            let worker = try worker(node, queues: queue)
            try await worker.wait(for: " ready.")
            let done = try await ControlTool.run(node: node, ["revoke", "abc"])
            #expect(done.code == 0 && done.errors.isEmpty)
            #expect(done.output == "->  \(node): OK\n        tasks {'abc'} flagged as revoked\n")
            let json = try await ControlTool.run(node: node, ["-j", "rate_limit", "tasks.nosuch", "1/s"])
            #expect(json.output == "[{\"\(node)\": {\"error\": \"unknown task\"}}]\n")
            let nobody = try await ControlTool.run(node: "nobody@nowhere", ["-t", "0.5", "revoke", "abc"])
            #expect(nobody.code == 69)
            #expect(nobody.errors == "Error: No nodes replied within time constraint\n")
            worker.signal(SIGTERM)
            #expect(try await worker.exitCode() == 0)
        }
    }

    /// While every child is busy for long: one is terminated by each kind of signal, and its child is replaced.
    @Test func whatRunsInAProcessIsTerminated() async throws {
        try await TestBroker.withQueue { queue in
            let node = Self.node()
            try await TestBroker.withChannel { _, channel in
                let worker = try worker(node, queues: queue, pool: "prefork")
                try await worker.wait(for: " ready.")
                for id in ["a", "b"] { try await send(channel, id, to: queue, milliseconds: 600_000) }
                try await worker.waitForState("slot 2: tasks.ledger")
                let kill = try await ControlTool.run(node: node, ["terminate", "KILL", "a"])
                #expect(kill.output.contains("terminate: a"))
                try await worker.wait(for: "Task tasks.ledger[a] terminated by signal 9")
                let term = try await ControlTool.run(node: node, ["terminate", "SIGTERM", "b"])
                #expect(term.output.contains("terminate: b"))
                try await worker.wait(for: "Task tasks.ledger[b] terminated by signal 15")
                try await send(channel, "c", to: queue)
                try await eventually("the next one runs") { worker.ledger == ["c"] }
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
                #expect(worker.lastLine.contains("2 revoked"), "\(worker.lastLine)")
                #expect(try await status(queue).messageCount == 0)
            }
        }
    }

    /// Its queue has no consumer, and what was prefetched is back in it.
    @Test func aPausedQueueKeepsItsMessagesInTheBroker() async throws {
        try await TestBroker.withQueue { queue in
            let node = Self.node()
            try await TestBroker.withChannel { _, channel in
                let worker = try worker(node, queues: queue)
                try await worker.wait(for: " ready.")
                for number in 0..<20 { try await send(channel, "\(number)", to: queue, milliseconds: 700) }
                try await eventually("some run") { worker.output.components(separatedBy: "] received").count > 2 }
                _ = try await ControlTool.run(node: node, ["pause", "queue", queue, "a test"])
                try await eventually("no consumer") { try await status(queue).consumerCount == 0 }
                // Those that ran when it was paused end; nothing else starts.
                try await eventually("the others are back") {
                    try await status(queue).messageCount == 20 - worker.ledger.count
                }
                #expect(worker.ledger.count < 20)
                worker.signal(SIGUSR1)
                try await worker.wait(for: "queues '\(queue)': a test")
                _ = try await ControlTool.run(node: node, ["resume", "queue", queue])
                try await eventually("all have run") { worker.ledger.count == 20 }
                worker.signal(SIGTERM)
                #expect(try await worker.exitCode() == 0)
            }
        }
    }

    /// Both machines leave a single active queue, each when its task has ended, and come back: no two tasks at once, and no
    /// message lost.
    @Test func aPausedSingleActiveQueueIsHandedOverWhole() async throws {
        let queue = TestBroker.uniqueName("single")
        let nodes = [Self.node(), Self.node()]
        try await TestBroker.withChannel { _, channel in
            let workers = try nodes.map { node in
                try WorkerProcess(
                    ["-n", node, "-Q", queue, "-P", "threads", "-c", "2"],
                    environment: [
                        "SWIFTWORKER_TASK_QUEUES": "{\(queue): {exchange: \(queue), single_active: true}}",
                        "SWIFTWORKER_TASK_ACKS_LATE": "true",
                    ]
                )
            }
            for worker in workers { try await worker.wait(for: " ready.") }
            for number in 0..<12 { try await send(channel, "\(number)", to: queue, milliseconds: 300) }
            func ran() -> Int { workers.reduce(0) { $0 + $1.ledger.count } }
            try await eventually("some have run") { ran() > 1 }
            _ = try await ControlTool.run(node: nodes.joined(separator: ","), ["pause", "queue", queue])
            try await eventually("no consumer") { try await status(queue).consumerCount == 0 }
            try await eventually("the rest is there") { try await status(queue).messageCount == 12 - ran() }
            _ = try await ControlTool.run(node: nodes.joined(separator: ","), ["resume", "queue", queue])
            try await eventually("all have run") { ran() == 12 }
            #expect(Set(workers.flatMap(\.ledger)).count == 12)
            for worker in workers { worker.signal(SIGTERM) }
            for worker in workers { #expect(try await worker.exitCode() == 0) }
            try await channel.deleteQueue(queue)
            try await channel.deleteExchange(queue)
        }
    }

    @Test func anAddedQueueOutlivesAReconnectAndARefusedOneHurtsNobody() async throws {
        try await TestBroker.withQueue { queue in
            try await TestBroker.withQueue { extra in
                let node = Self.node()
                try await TestBroker.withChannel { _, channel in
                    // Of other properties than the command would declare it with.
                    let taken = TestBroker.uniqueName("taken")
                    try await channel.declareQueue(QueueDeclaration(name: taken, isDurable: true, isAutoDelete: true))
                    let worker = try worker(node, queues: queue)
                    try await worker.wait(for: " ready.")
                    _ = try await ControlTool.run(node: node, ["add_consumer", extra])
                    try await worker.wait(for: "Started consuming from \(extra)")
                    let refused = try await ControlTool.run(node: node, ["add_consumer", taken])
                    #expect(refused.output.contains("add consumer \(taken)"))
                    try await worker.wait(for: "The queue '\(taken)' can't be consumed")
                    for (id, name) in [("1", queue), ("2", extra)] { try await send(channel, id, to: name) }
                    try await eventually("both run") { worker.ledger.sorted() == ["1", "2"] }
                    _ = try await ControlTool.run(node: node, ["cancel_consumer", extra])
                    try await eventually("no consumer") { try await status(extra).consumerCount == 0 }
                    worker.signal(SIGTERM)
                    #expect(try await worker.exitCode() == 0)
                    try await channel.deleteQueue(taken)
                }
            }
        }
    }

    /// All workers of a store are told something and stop. Those that start later still know it, before their first
    /// message.
    @Test func allWorkersStartAgainAndKnowWhatTheyWereTold() async throws {
        try await PostgresServer.withDatabase { database in
            try await TestBroker.withQueue { queue in
                try await TestBroker.withQueue { paused in
                    try await knowWhatTheyWereTold(queue, paused, try PostgresServer.url(of: database))
                }
            }
        }
    }

    private func knowWhatTheyWereTold(_ queue: String, _ paused: String, _ store: String) async throws {
        let nodes = [Self.node(), Self.node()]
        let queues = "\(queue),\(paused)"
        try await TestBroker.withChannel { _, channel in
            let first = try nodes.map { try worker($0, queues: queues, store: store) }
            for worker in first { try await worker.wait(for: " ready.") }
            let everyone = nodes.joined(separator: ",")
            for command in [
                ["revoke", "revoked"], ["pause", "queue", paused], ["pause", "task", "tasks.excl*"],
                ["rate_limit", "tasks.ledger", "1/s"],
            ] {
                let done = try await ControlTool.run(node: everyone, command)
                #expect(done.output.components(separatedBy: ": OK").count == 3, "\(command): \(done)")
            }
            for worker in first { worker.signal(SIGTERM) }
            for worker in first { #expect(try await worker.exitCode() == 0) }

            // Sent while nobody is there.
            try await send(channel, "revoked", to: queue)
            for number in 0..<6 { try await send(channel, "\(number)", to: queue) }
            try await send(channel, "parked", of: "tasks.exclusive", to: queue)
            for number in 0..<3 { try await send(channel, "paused-\(number)", to: paused) }
            let second = try nodes.map { try worker($0, queues: queues, store: store) }
            for worker in second {
                try await worker.wait(for: " ready.")
                #expect(
                    worker.output.contains(
                        "1 revoked tasks, 0 revoked stamps, 2 pauses, 1 changed rate limits and 0 changed time limits are"
                    )
                )
            }
            func ran() -> [String] { second.flatMap(\.ledger).sorted() }
            try await eventually("the others run") { ran() == ["0", "1", "2", "3", "4", "5"] }
            for worker in second {
                let times = worker.ledgerTimes
                for (earlier, later) in zip(times, times.dropFirst()) { #expect(later - earlier > 0.8, "\(times)") }
            }
            try await eventually("the paused task is parked") {
                for worker in second { worker.signal(SIGUSR1) }
                return second.contains { $0.output.contains(" parked 1,") }
            }
            #expect(second.contains { $0.output.contains("Discarding revoked task: tasks.ledger[revoked]") })
            #expect(try await status(paused).consumerCount == 0)
            #expect(try await status(paused).messageCount == 3)

            _ = try await ControlTool.run(node: everyone, ["resume", "queue", paused])
            try await eventually("those that were paused run") { ran().count == 9 }
            for worker in second { worker.signal(SIGTERM) }
            for worker in second { #expect(try await worker.exitCode() == 0) }
        }
    }

    /// Without its store a worker would run what is revoked or paused: it says so and does not start.
    @Test func aWorkerDoesNotStartWithAStoreThatRefuses() async throws {
        try await PostgresServer.withDatabase { database in
            let client = PostgresClient(database)
            defer { client.close() }
            _ = try await PostgresControlStore(database).load(for: "w@h", ControlLimits())
            try await client.query("UPDATE swiftworker_control SET version = 99")
            try await TestBroker.withQueue { queue in
                let worker = try worker(Self.node(), queues: queue, store: try PostgresServer.url(of: database))
                #expect(try await worker.exitCode() == 1)
                #expect(worker.output.contains("the control store can't be read"), "\(worker.output)")
                #expect(worker.output.contains("of version 99, newer than this program's 2"))
            }
        }
    }
}

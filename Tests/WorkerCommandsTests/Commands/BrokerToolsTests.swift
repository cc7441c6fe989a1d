import ArgumentParser
import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker
import SwiftWorkerTesting
import Testing

@testable import WorkerCommands

/// `purge`, `migrate`, `amqp` and `list` without a server.
@Suite struct BrokerToolsTests {
    private func purge(_ arguments: [String]) throws -> PurgeQueues {
        try #require(try RootCommand.parseAsRoot(["purge"] + arguments) as? PurgeQueues)
    }

    @Test func purgeChoosesQueues() throws {
        var settings = Settings()
        #expect(try purge([]).names(settings) == ["celery"])
        settings.taskQueues = [QueueSettings(name: "b"), QueueSettings(name: "a")]
        #expect(try purge([]).names(settings) == ["a", "b"])
        #expect(try purge(["-Q", "c,a", "-X", "a,b"]).names(settings) == ["c"])
        #expect(try purge(["-X", "a,b"]).names(settings) == [])
    }

    @Test func purgeSpeaksAsCelery() {
        #expect(
            PurgeQueues.question(["a", "b"], warning: "WARNING") == """
                WARNING:This will remove all tasks from queues: a, b.
                         There is no undo for this operation!

                (to skip this prompt use the -f option)
                Are you sure you want to delete all tasks?
                """
        )
        #expect(PurgeQueues.report(0, queues: 1) == "No messages purged from 1 queue.")
        #expect(PurgeQueues.report(1, queues: 2) == "Purged 1 message from 2 known task queues.")
        #expect(PurgeQueues.report(3, queues: 1) == "Purged 3 messages from 1 known task queue.")
    }

    private func task(_ name: String, _ id: String, to queue: String) throws -> OutgoingMessage {
        let task = OutgoingTask(task: name, id: id, origin: "test")
        return try task.message(exchange: "", routingKey: queue, now: Instant(secondsSince1970: 0))
    }

    private func migration(
        _ source: InMemoryBroker,
        _ destination: InMemoryBroker,
        queues: String = "a",
        tasks: Set<String> = [],
        limit: Int = .max,
        moves: Bool = true,
        report: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws -> Int {
        try await TaskMigration(
            source: try await source.makeSession(),
            destination: try await destination.makeSession(),
            queues: try QueueRenaming.list(queues, Settings()),
            tasks: tasks,
            user: "guest",
            limit: limit,
            moves: moves,
            silence: .milliseconds(100),
            confirmTimeout: .seconds(5),
            report: report
        ).run()
    }

    @Test func migrateMovesWhatIsConfirmed() async throws {
        let (source, destination) = (InMemoryBroker(), InMemoryBroker())
        for number in 0..<200 { source.publish(try task("t.add", "\(number)", to: "a")) }
        #expect(try await migration(source, destination) == 200)
        #expect(source.readyCount("a") == 0 && destination.readyCount("a") == 200)
    }

    @Test func migrateKeepsWhatIsOnlyCopied() async throws {
        let (source, destination) = (InMemoryBroker(), InMemoryBroker())
        for number in 0..<3 { source.publish(try task("t.add", "\(number)", to: "a")) }
        #expect(try await migration(source, destination, moves: false) == 3)
        #expect(source.readyCount("a") == 3 && destination.readyCount("a") == 3)
    }

    @Test func migrateChoosesTasksAndNumber() async throws {
        let (source, destination) = (InMemoryBroker(), InMemoryBroker())
        for number in 0..<10 { source.publish(try task(number % 2 == 0 ? "t.add" : "t.mul", "\(number)", to: "a")) }
        #expect(try await migration(source, destination, queues: "a:b", tasks: ["t.mul"], limit: 3) == 3)
        #expect(source.readyCount("a") == 7 && destination.readyCount("b") == 3)
    }

    @Test func migrateLosesNothingWhenItIsRefused() async throws {
        let (source, destination) = (InMemoryBroker(), InMemoryBroker())
        for number in 0..<5 { source.publish(try task("t.add", "\(number)", to: "a")) }
        destination.refusePublishing(true)
        await #expect(throws: InMemoryBrokerError.self) { try await migration(source, destination) }
        #expect(source.readyCount("a") == 5)
    }

    @Test func migrateRenames() throws {
        let renaming = try #require(try QueueRenaming.list("a:b", Settings()).first)
        #expect(renaming.target.queue.name == "b" && renaming.target.exchange?.name == "b")
        let own = IncomingMessage(exchange: "a", routingKey: "a", queue: "a", properties: MessageProperties(), body: [])
        #expect(renaming.moving(own, user: "u").exchange == "b" && renaming.moving(own, user: "u").routingKey == "b")
        var other = IncomingMessage(
            exchange: "x",
            routingKey: "k",
            queue: "a",
            properties: MessageProperties(),
            body: []
        )
        other.properties.userID = "somebody"
        let moved = renaming.moving(other, user: "u")
        #expect(moved.exchange == "x" && moved.routingKey == "k" && moved.properties.userID == nil && moved.isMandatory)
    }

    private func perform(_ words: [String], on broker: InMemoryBroker) async throws -> String? {
        let operation = try #require(try RootCommand.parseAsRoot(["amqp"] + words) as? any AMQPOperation)
        return try await operation.perform(on: try await broker.makeSession(), Settings())
    }

    @Test func amqpDoesOneThing() async throws {
        let broker = InMemoryBroker()
        #expect(try await perform(["queue.declare", "q", "no", "yes"], on: broker) == "queue:q messages:0 consumers:0")
        #expect(try await perform(["exchange.declare", "e", "topic"], on: broker) == nil)
        #expect(try await perform(["exchange.declare", "e", "topic", "1"], on: broker) == nil)
        #expect(try await perform(["queue.bind", "q", "e", "k"], on: broker) == nil)
        #expect(
            broker.declarations == [
                .queue(QueueDeclaration(name: "q")),
                .exchange(ExchangeDeclaration(name: "e", type: .topic, isDurable: false)),
                .bindQueue(QueueBinding(queue: "q", exchange: "e", routingKey: "k")),
            ]
        )
        await #expect(throws: InMemoryBrokerError.self) {
            try await perform(["exchange.delete", "e", "true"], on: broker)
        }
        #expect(try await perform(["exchange.delete", "e", "false"], on: broker) == nil)
        #expect(try await perform(["basic.publish", "hello", "", "q"], on: broker) == nil)
        let first = try #require(try await perform(["basic.get", "q"], on: broker))
        #expect(try JSONValue(parsing: Array(first.utf8))["body"] == "hello")
        #expect(try await perform(["queue.declare", "q", "true"], on: broker) == "queue:q messages:1 consumers:0")
        #expect(try await perform(["basic.get", "q", "yes"], on: broker) == first.replacing(": false", with: ": true"))
        #expect(try await perform(["basic.get", "q"], on: broker) == "No messages in queue. basic.publish something.")
        #expect(try await perform(["queue.purge", "q"], on: broker) == "0 messages deleted.")
        #expect(try await perform(["queue.delete", "q"], on: broker) == "0 messages deleted.")
        await #expect(throws: StartError.self) { try await perform(["queue.declare", "q", "yes"], on: broker) }
        await #expect(throws: StartError.self) {
            try await perform(["exchange.declare", "x", "direct", "yes"], on: broker)
        }
        await #expect(throws: StartError.self) { try await perform(["exchange.declare", "x", "magic"], on: broker) }
    }

    @Test func aBodyThatIsNoTextIsShownInBase64() {
        var properties = MessageProperties(contentType: "application/octet-stream", headers: ["n": .integer(3)])
        properties.timestamp = 5
        let message = IncomingMessage(routingKey: "q", queue: "q", properties: properties, body: [0xff, 0xfe])
        let json = GetMessage.json(message)
        #expect(json["body_base64"] == "//4=" && json["body"] == nil)
        #expect(json["properties"]?["application_headers"] == ["n": 3])
    }

    @Test func bindingsAreListedInCelerysColumns() throws {
        let answer: JSONValue = [
            [
                "source_name": "e", "source_kind": "exchange", "destination_name": "q", "destination_kind": "queue",
                "routing_key": "k", "arguments": [],
            ],
            ["source_name": "e", "destination_name": "f", "destination_kind": "exchange", "routing_key": ""],
        ]
        #expect(ListBindings.rows(answer) == [["q", "e", "k"]])
        let lines = ListBindings.table(ListBindings.rows(answer)).split(separator: "\n")
        #expect(lines[0] == "Queue                        Exchange                     Routing Key")
        #expect(lines[2] == "q                            e                            k")
    }

    @Test func resultsSayWhyTheyCantBeRead() {
        #expect(ShowResult.reason(.rpc).contains("rpc://"))
        #expect(ShowResult.reason(.disabled).contains("result_backend is not set"))
    }
}

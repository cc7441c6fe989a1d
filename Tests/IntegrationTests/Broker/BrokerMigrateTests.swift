import AMQP
import BrokerModel
import ChildPrograms
import Foundation
import Testing

/// `broker migrate` with a real broker.
@Suite(.timeLimit(.minutes(5)))
struct BrokerMigrateTests {
    private static let count = 2000

    /// A classic queue with messages, bound to a topic exchange as well, in a virtual host of its own.
    private func withQueue(
        _ body: (_ url: String, any BrokerSession) async throws -> Void
    ) async throws {
        try await BrokerProgram.withVirtualHost { name, url in
            var endpoint = try TestBroker.endpoint()
            endpoint.virtualHost = name
            let session = try await TestBroker.broker(try TestBroker.configuration(endpoint)).makeSession()
            do {
                try await session.declare([
                    .exchange(ExchangeDeclaration(name: "work")),
                    .queue(QueueDeclaration(name: "work", arguments: ["x-queue-type": "classic"])),
                    .bindQueue(QueueBinding(queue: "work", exchange: "work", routingKey: "work")),
                    .bindQueue(QueueBinding(queue: "work", exchange: "amq.topic", routingKey: "jobs.#")),
                ])
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for index in 0..<Self.count {
                        group.addTask { try await session.publish(Self.message(index), timeout: .seconds(60)) }
                    }
                    try await group.waitForAll()
                }
                try await body(url, session)
            } catch {
                await session.close()
                throw error
            }
            await session.close()
        }
    }

    private static func message(_ index: Int, exchange: String = "", key: String = "work") -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: key,
            properties: MessageProperties(headers: ["id": .integer(index)], deliveryMode: 2, priority: 3),
            body: Array("\(index)".utf8)
        )
    }

    /// Takes all messages.
    ///
    /// - Returns: how often each was there.
    private func drain(_ session: any BrokerSession) async throws -> [String: Int] {
        var found: [String: Int] = [:]
        while let taken = try await session.get("work") {
            #expect(taken.message.properties.priority == 3)
            found[String(decoding: taken.message.body, as: UTF8.self), default: 0] += 1
            taken.settle(.ack)
        }
        return found
    }

    private static let migrate = ["migrate", "work", "--to", "quorum", "-Q", "work"]

    @Test func aQueueBecomesAQuorumQueueWithItsMessagesAndBindings() async throws {
        try await withQueue { url, session in
            // Everybody would be refused who declares it as this worker does.
            let refused = try await BrokerProgram.run(Self.migrate, url: url)
            #expect(
                refused.code == 1 && refused.errors.contains("relaxed_checks_on_redeclaration"),
                "\(refused.errors)"
            )
            let force = Self.migrate + ["--force"]
            let dry = try await BrokerProgram.run(force + ["--dry-run"], url: url)
            #expect(dry.code == 0 && dry.output.contains("it is a classic queue"), "\(dry.errors)")
            let moved = try await BrokerProgram.run(force, url: url)
            #expect(moved.code == 0 && moved.output.contains("\(Self.count) messages were moved"), "\(moved.errors)")
            try await session.declare([.queue(QueueDeclaration(name: "work", arguments: ["x-queue-type": "quorum"]))])
            #expect(try await session.status(of: "work.swiftworker-migration") == nil)
            try await session.publish(Self.message(-1, exchange: "amq.topic", key: "jobs.x"), timeout: .seconds(10))
            try await session.publish(Self.message(-2, exchange: "work"), timeout: .seconds(10))
            let found = try await drain(session)
            #expect(found.count == Self.count + 2 && found.values.allSatisfy { $0 == 1 })
            let again = try await BrokerProgram.run(force, url: url)
            #expect(again.code == 0 && again.output.contains("0 messages were moved"), "\(again.errors)")
        }
    }

    @Test func killedAgainAndAgainItLosesNothing() async throws {
        try await withQueue { url, session in
            let force = Self.migrate + ["--force"]
            for _ in 0..<10 {
                let process = try BrokerProgram.process(force, url: url)
                process.standardOutput = FileHandle.nullDevice
                process.standardError = FileHandle.nullDevice
                try process.runUnblocked()
                // Its calls of rabbitmqctl take a second or two; then the moving begins.
                try await Task.sleep(for: .milliseconds(Int.random(in: 500...4000)))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            let ended = try await BrokerProgram.run(force, url: url)
            #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
            #expect(try await session.status(of: "work.swiftworker-migration") == nil)
            let found = try await drain(session)
            #expect(found.count == Self.count)
        }
    }

    @Test func aQueueWithConsumersIsLeftAlone() async throws {
        try await withQueue { url, session in
            var endpoint = try TestBroker.endpoint()
            endpoint.virtualHost = String(url.split(separator: "/").last ?? "")
            let connection = try await AMQPConnection.connect(try TestBroker.configuration(endpoint))
            let channel = try await connection.openChannel()
            try await channel.qos(prefetch: 1)
            try await channel.consume("work", tag: "worker")
            let ended = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(ended.code == 1 && ended.errors.contains("has 1 consumer"), "\(ended.errors)")
            // Cancelled, it still holds a message.
            try await channel.close()
            let holding = try await connection.openChannel()
            let held = try await holding.take("work")
            let waiting = try await BrokerProgram.run(Self.migrate + ["--force", "--wait", "0"], url: url)
            #expect(waiting.code == 1 && waiting.errors.contains("still held"), "\(waiting.errors)")
            held.settle(.requeue)
            try await holding.close()
            await connection.close()
            let moved = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(moved.code == 0, "\(moved.errors)")
            #expect(try await drain(session).count == Self.count)
        }
    }

    // MARK: Refused

    private static let temporary = "work.swiftworker-migration"

    /// A limit of queues, which the broker answers with 406 as it does arguments. The migration's lock is one of them.
    private static func limit(_ url: String, queues: Int) async throws {
        let host = String(url.split(separator: "/").last ?? "")
        try await BrokerProgram.control(["set_vhost_limits", "--vhost", host, "{\"max-queues\": \(queues)}"])
    }

    @Test func whatTheBrokerRefusesIsSeenBeforeAnythingIsMoved() async throws {
        try await withQueue { url, session in
            try await Self.limit(url, queues: 2)
            let refused = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(refused.code == 1 && refused.errors.contains("the broker refuses 'work'"), "\(refused.errors)")
            #expect(try await session.status(of: Self.temporary) == nil)
            #expect(try await drain(session).count == Self.count)
        }
    }

    @Test func aQueueThatCannotBeMadeAnewIsNotTriedForEver() async throws {
        try await withQueue { url, session in
            // As after a kill right behind the deletion.
            try await session.declare([
                .queue(QueueDeclaration(name: Self.temporary, arguments: ["x-queue-type": "classic"]))
            ])
            try await session.publish(Self.message(0, key: Self.temporary), timeout: .seconds(10))
            try await session.delete(queue: "work", ifUnused: false, ifEmpty: false)
            try await Self.limit(url, queues: 2)
            let refused = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(refused.code == 1 && refused.errors.contains("waits in '\(Self.temporary)'"), "\(refused.errors)")
            try await Self.limit(url, queues: -1)
            let moved = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(moved.code == 0, "\(moved.errors)")
            #expect(try await drain(session) == ["0": 1])
        }
    }

    @Test func aQueueThatIsBoundWithArgumentsIsLeftAlone() async throws {
        try await withQueue { url, session in
            let arguments: FieldTable = ["x-match": "all", "kind": "video"]
            let binding = QueueBinding(queue: "work", exchange: "amq.headers", routingKey: "", arguments: arguments)
            try await session.declare([.bindQueue(binding)])
            let refused = try await BrokerProgram.run(Self.migrate + ["--force"], url: url)
            #expect(refused.code == 1 && refused.errors.contains("'amq.headers' with arguments"), "\(refused.errors)")
            #expect(try await session.status(of: Self.temporary) == nil)
            #expect(try await drain(session).count == Self.count)
        }
    }

    /// The settings bind it to the delay's exchange, which is not there before the first worker.
    @Test func withoutRabbitMQCTLTheSettingsBindingsComeBack() async throws {
        try await withQueue { url, session in
            let process = try BrokerProgram.process([], url: url)
            process.arguments = ["broker"] + Self.migrate + ["--force", "--rabbitmqctl", "no-such-program"]
            let moved = try await BrokerProgram.end(process)
            #expect(moved.code == 0 && moved.output.contains("\(Self.count) messages were moved"), "\(moved.errors)")
            try await session.publish(Self.message(-1, exchange: "work"), timeout: .seconds(10))
            #expect(try await drain(session).count == Self.count + 1)
        }
    }
}

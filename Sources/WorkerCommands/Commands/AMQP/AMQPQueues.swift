import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker amqp queue.declare`.
struct DeclareQueue: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "queue.declare",
        abstract: "Declares a queue, and counts its messages and consumers.",
        discussion: """
            As in Celery a queue is not durable unless it is said; that of a worker is. RabbitMQ 4.3 refuses queues that are \
            neither durable nor exclusive.

            Examples:
              \(RootCommand.name) amqp queue.declare processing_cpu yes
              \(RootCommand.name) amqp queue.declare extra no yes
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var queue: String
    @Argument(help: "Only looks whether it is there.") var passive = Truth(false)
    @Argument(help: "Outlives a restart of the broker.") var durable = Truth(false)
    @Argument(help: "Goes with its last consumer.") var autoDelete = Truth(false)

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        if !passive.value {
            let declaration = QueueDeclaration(
                name: queue,
                isDurable: durable.value,
                isAutoDelete: autoDelete.value
            )
            try await session.declare([.queue(declaration)])
        }
        guard let status = try await session.status(of: queue) else { throw Self.missing(queue) }
        return "queue:\(status.name) messages:\(status.messageCount) consumers:\(status.consumerCount)"
    }

    static func missing(_ queue: String) -> StartError {
        StartError("no queue '\(queue)'", exitCode: ProcessExit.failure)
    }
}

/// `swiftworker amqp queue.bind`.
struct BindQueue: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "queue.bind",
        abstract: "Binds a queue to an exchange.",
        discussion: "Example: \(RootCommand.name) amqp queue.bind extra uploads 'video.*'"
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var queue: String
    @Argument var exchange: String
    @Argument var routingKey: String

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        let binding = QueueBinding(queue: queue, exchange: exchange, routingKey: routingKey)
        try await session.declare([.bindQueue(binding)])
        return nil
    }
}

/// `swiftworker amqp queue.delete`.
struct DeleteQueue: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "queue.delete",
        abstract: "Deletes a queue with its messages; one that is not there is no error.",
        discussion: "Example: \(RootCommand.name) amqp queue.delete extra yes"
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var queue: String
    @Argument(help: "Fails if it has consumers.") var ifUnused = Truth(false)
    @Argument(help: "Fails if it has messages; not for quorum queues.") var ifEmpty = Truth(false)

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        let count = try await session.delete(queue: queue, ifUnused: ifUnused.value, ifEmpty: ifEmpty.value)
        return "\(count) messages deleted."
    }
}

/// `swiftworker amqp queue.purge`.
struct PurgeQueue: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "queue.purge",
        abstract: "Deletes the messages of a queue, without asking.",
        discussion: "Example: \(RootCommand.name) amqp queue.purge extra"
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var queue: String

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        "\(try await session.purge(queue: queue)) messages deleted."
    }
}

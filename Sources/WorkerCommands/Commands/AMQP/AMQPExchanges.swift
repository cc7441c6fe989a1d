import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker amqp exchange.declare`.
struct DeclareExchange: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "exchange.declare",
        abstract: "Declares an exchange.",
        discussion: "Example: \(RootCommand.name) amqp exchange.declare uploads topic no yes"
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var exchange: String
    @Argument(help: "direct, topic, fanout or headers.") var type: String
    @Argument(help: "Only looks whether it is there.") var passive = Truth(false)
    @Argument(help: "Outlives a restart of the broker.") var durable = Truth(false)
    @Argument(help: "Goes with its last binding.") var autoDelete = Truth(false)

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        if passive.value {
            guard try await session.hasExchange(exchange) else {
                throw StartError("no exchange '\(exchange)'", exitCode: ProcessExit.failure)
            }
            return nil
        }
        guard let type = ExchangeType(rawValue: type) else {
            throw StartError("type: expected direct, topic, fanout or headers, found '\(type)'")
        }
        let declaration = ExchangeDeclaration(
            name: exchange,
            type: type,
            isDurable: durable.value,
            isAutoDelete: autoDelete.value
        )
        try await session.declare([.exchange(declaration)])
        return nil
    }
}

/// `swiftworker amqp exchange.delete`.
struct DeleteExchange: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "exchange.delete",
        abstract: "Deletes an exchange; one that is not there is no error.",
        discussion: "Example: \(RootCommand.name) amqp exchange.delete uploads yes"
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var exchange: String
    @Argument(help: "Fails if queues are bound to it.") var ifUnused: Truth

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        try await session.delete(exchange: exchange, ifUnused: ifUnused.value)
        return nil
    }
}

import ArgumentParser
import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// `swiftworker amqp basic.publish`.
struct PublishMessage: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "basic.publish",
        abstract: "Publishes a text, and waits until the broker has confirmed it.",
        discussion: """
            Workers run messages of tasks only: 'call' writes those.

            Example: \(RootCommand.name) amqp basic.publish '{"a": 1}' '' extra yes
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var message: String
    @Argument(help: "'' is the one that leads to the queue of the key's name.") var exchange: String
    @Argument var routingKey: String
    @Argument(help: "Fails if no queue takes it.") var mandatory = Truth(false)
    @Argument(help: "RabbitMQ has no such thing.") var immediate = Truth(false)

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        guard !immediate.value else { throw StartError("immediate: RabbitMQ delivers nothing immediately") }
        let message = OutgoingMessage(
            exchange: exchange,
            routingKey: routingKey,
            properties: MessageProperties(),
            body: Array(message.utf8),
            isMandatory: mandatory.value
        )
        try await session.publish(message, timeout: settings.publishTimeout)
        return nil
    }
}

/// `swiftworker amqp basic.get`.
struct GetMessage: AMQPOperation {
    static let configuration = CommandConfiguration(
        commandName: "basic.get",
        abstract: "Prints the first message of a queue, as JSON.",
        discussion: """
            It goes back to its place, unless it is to be taken for good.

            Example: \(RootCommand.name) amqp basic.get extra
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument var queue: String
    @Argument(help: "Takes it for good.") var noAck = Truth(false)

    func perform(on session: any BrokerSession, _ settings: Settings) async throws -> String? {
        guard let received = try await session.get(queue) else {
            return "No messages in queue. basic.publish something."
        }
        let text = IndentedJSON.text(Self.json(received.message))
        received.settle(noAck.value ? .ack : .requeue)
        return text
    }

    /// A body that is no text is shown in base64.
    static func json(_ message: IncomingMessage) -> JSONValue {
        let properties = message.properties
        var shown: JSONObject = [:]
        let texts = [
            ("content_type", properties.contentType), ("content_encoding", properties.contentEncoding),
            ("correlation_id", properties.correlationID), ("reply_to", properties.replyTo),
            ("expiration", properties.expiration), ("message_id", properties.messageID), ("type", properties.type),
            ("user_id", properties.userID), ("app_id", properties.appID), ("cluster_id", properties.clusterID),
        ]
        for case (let name, let text?) in texts { shown[name] = .string(text) }
        if let mode = properties.deliveryMode { shown["delivery_mode"] = .integer(Int64(mode)) }
        if let priority = properties.priority { shown["priority"] = .integer(Int64(priority)) }
        if let timestamp = properties.timestamp { shown["timestamp"] = .integer(Int64(clamping: timestamp)) }
        if let headers = properties.headers { shown["application_headers"] = FieldValue.table(headers).json }
        var object: JSONObject = [
            "properties": .object(shown),
            "delivery_info": [
                "exchange": .string(message.exchange), "routing_key": .string(message.routingKey),
                "redelivered": .bool(message.isRedelivered),
            ],
        ]
        if let text = String(validating: message.body, as: UTF8.self) {
            object["body"] = .string(text)
        } else {
            object["body_base64"] = .string(Base64.encode(message.body))
        }
        return .object(object)
    }
}

/// `swiftworker amqp basic.ack`, which can't be.
struct AcknowledgeMessage: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "basic.ack",
        abstract: "Not here: a delivery ends with its connection.",
        shouldDisplay: false
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions
    @Argument var deliveryTag: String

    func run(in context: ToolContext) throws -> Int32 { throw ShellOnly.refusal("basic.ack") }
}

/// `swiftworker amqp repl`, which can't be.
struct StartShell: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "repl",
        abstract: "Not here: each call is one operation.",
        shouldDisplay: false
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 { throw ShellOnly.refusal("repl") }
}

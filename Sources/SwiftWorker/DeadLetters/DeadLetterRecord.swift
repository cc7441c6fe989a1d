public import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections

/// A dead letter as one line of JSON, for `export` and `import`: nothing is lost, down to the width of a header's integer
/// and bodies that are no text.
///
/// ```json
/// {"queue": "celery.dead", "exchange": "swiftworker.dead", "routing_key": "celery", "redelivered": false,
///  "properties": {"content_type": "application/json", "headers": [["task", "proj.add"], ["retries", {"int32": 3}]]},
///  "body": "[[1, 2], {}, null]"}
/// ```
///
/// Headers are pairs, in their order. A text, a truth value and null stand for themselves; other values are an object with
/// their type. A body that is no UTF-8 is in `body_base64`.
public struct DeadLetterRecord: Sendable {
    /// `queue` is the dead-letter queue.
    public var message: IncomingMessage

    public init(_ message: IncomingMessage) {
        self.message = message
    }

    /// The line, without its end.
    public func encoded() -> [UInt8] {
        var record: JSONObject = [
            "queue": .string(message.queue),
            "exchange": .string(message.exchange),
            "routing_key": .string(message.routingKey),
            "redelivered": .bool(message.isRedelivered),
            "properties": .object(PropertiesJSON.object(message.properties)),
        ]
        if let text = String(validating: message.body, as: UTF8.self) {
            record["body"] = .string(text)
        } else {
            record["body_base64"] = .string(Base64.encode(message.body))
        }
        return JSONValue.object(record).serialized()
    }

    /// Reads a line.
    ///
    /// - Throws: `DeadLetterRecordError` when it is none.
    public init(parsing line: [UInt8]) throws(DeadLetterRecordError) {
        let record: JSONValue
        do {
            record = try JSONValue(parsing: line)
        } catch {
            throw DeadLetterRecordError("is no JSON: \(error)")
        }
        guard let queue = record["queue"]?.string else { throw DeadLetterRecordError("names no queue") }
        guard let properties = record["properties"]?.object else { throw DeadLetterRecordError("has no properties") }
        let body: [UInt8]
        if let text = record["body"]?.string {
            body = Array(text.utf8)
        } else if let bytes = record["body_base64"]?.string.flatMap({ Base64.decode($0) }) {
            body = bytes
        } else {
            throw DeadLetterRecordError("has no body")
        }
        message = IncomingMessage(
            exchange: record["exchange"]?.string ?? "",
            routingKey: record["routing_key"]?.string ?? queue,
            queue: queue,
            isRedelivered: record["redelivered"]?.bool ?? false,
            properties: try PropertiesJSON.properties(properties),
            body: body
        )
    }

    /// The message that puts the letter back into its dead-letter queue, or into another queue.
    public func message(to queue: String? = nil) -> OutgoingMessage {
        var properties = message.properties
        properties.userID = nil
        return OutgoingMessage(routingKey: queue ?? message.queue, properties: properties, body: message.body)
    }
}

/// A line that is no dead letter.
public struct DeadLetterRecordError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String

    init(_ problem: String) {
        description = "the line \(problem); lines are as `dead-letters export` writes them"
    }
}

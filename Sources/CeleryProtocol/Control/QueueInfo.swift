public import BrokerModel
public import JSON
import OrderedCollections

/// A queue that a worker consumes, as `active_queues` tells it (Celery reference, 7.6).
public enum QueueInfo {
    /// The value that goes into replies: kombu's description, with null for what is not used here.
    public static func json(of queue: QueueTopology) -> JSONValue {
        let declaration = queue.queue
        let exchange = queue.exchange ?? ExchangeDeclaration(name: "")
        return [
            "name": .string(declaration.name),
            "exchange": [
                "name": .string(exchange.name), "type": .string(exchange.type.rawValue),
                "arguments": table(exchange.arguments), "durable": .bool(exchange.isDurable), "passive": false,
                "auto_delete": .bool(exchange.isAutoDelete), "delivery_mode": .null, "no_declare": false,
            ],
            "routing_key": .string(queue.routingKey),
            "queue_arguments": table(declaration.arguments),
            "binding_arguments": table(queue.bindingArguments),
            "consumer_arguments": table(queue.consumerArguments),
            "durable": .bool(declaration.isDurable),
            "exclusive": .bool(declaration.isExclusive),
            "auto_delete": .bool(declaration.isAutoDelete),
            "no_ack": false,
            "alias": .null,
            "bindings": [],
            "no_declare": .null,
            "expires": .null,
            "message_ttl": .null,
            "max_length": .null,
            "max_length_bytes": .null,
            "max_priority": .null,
        ]
    }

    private static func table(_ table: FieldTable) -> JSONValue {
        table.entries.isEmpty ? .null : FieldValue.table(table).json
    }
}

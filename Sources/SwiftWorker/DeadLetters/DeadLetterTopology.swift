public import BrokerModel

/// Where dead letters go: for each queue one of its own, through one exchange.
public enum DeadLetterTopology {
    /// Routes by the name of the queue that a message was taken from.
    public static let exchange = "swiftworker.dead"

    private static let suffix = ".dead"
    /// The longest name of a queue, in bytes.
    private static let maximumBytes = 255

    /// The dead-letter queue of a queue.
    ///
    /// - Returns: `nil` for a dead-letter queue, whose messages are not to die once more, and for a name that is too long.
    public static func queueName(of queue: String) -> String? {
        guard !queue.hasSuffix(suffix), queue.utf8.count + suffix.utf8.count <= maximumBytes else { return nil }
        return queue + suffix
    }

    /// The queue whose dead-letter queue this is; `nil` for another one.
    public static func origin(of deadLetterQueue: String) -> String? {
        guard deadLetterQueue.hasSuffix(suffix), deadLetterQueue != suffix else { return nil }
        return String(deadLetterQueue.dropLast(suffix.count))
    }

    /// Declares the dead-letter queue of a queue; `nil` where it has none.
    ///
    /// It has no dead-letter exchange of its own. RabbitMQ 4 drops messages that came back to a quorum queue 20 times, and
    /// some versions count those that a tool has only looked at: the shipped policy takes the limit from queues of this
    /// suffix. It can't be an argument, which older versions refuse.
    ///
    /// - Parameter isQuorum: whether it is replicated; a queue that exists keeps its type, and has to be declared with it.
    public static func topology(of queue: String, isQuorum: Bool) -> QueueTopology? {
        guard let name = queueName(of: queue) else { return nil }
        return QueueTopology(
            // Without a type it would be of the virtual host's. RabbitMQ takes a queue that was made without one for classic.
            queue: QueueDeclaration(name: name, arguments: ["x-queue-type": isQuorum ? "quorum" : "classic"]),
            exchange: ExchangeDeclaration(name: exchange, type: .direct),
            routingKey: queue
        )
    }
}

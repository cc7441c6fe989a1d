public import BrokerModel

/// Makes the messages of a sender's events (Celery reference, 6.1 and 6.4).
public struct EventMessage: Sendable {
    /// An event of a task, and when it happened.
    public struct TaskEntry: Sendable, Hashable {
        public var id: String
        public var event: TaskEvent
        public var stamp: EventStamp

        public init(id: String, event: TaskEvent, stamp: EventStamp) {
            self.id = id
            self.event = event
            self.stamp = stamp
        }
    }

    private let sender: EventSender
    private let exchange: String

    /// - Parameter exchange: `event_exchange`.
    public init(from sender: EventSender, exchange: String) {
        self.sender = sender
        self.exchange = exchange
    }

    /// The exchange as everybody declares it.
    public static func exchange(_ name: String) -> ExchangeDeclaration {
        ExchangeDeclaration(name: name, type: .topic, isDurable: true)
    }

    /// One event of a worker.
    public func message(_ event: WorkerEvent, _ stamp: EventStamp) -> OutgoingMessage {
        var writer = EventWriter(sender)
        writer.write(event, stamp)
        return message(writer.bytes, key: Self.routingKey(event.type))
    }

    /// One event of a task, alone.
    public func message(_ entry: TaskEntry) -> OutgoingMessage {
        var writer = EventWriter(sender)
        writer.write(entry.event, of: entry.id, entry.stamp)
        return message(writer.bytes, key: Self.routingKey(entry.event.type))
    }

    /// Many events of tasks at once, in their order, as `task.multi`.
    public func message(_ entries: [TaskEntry]) -> OutgoingMessage {
        var writer = EventWriter(sender)
        writer.append(raw: "[")
        for (index, entry) in entries.enumerated() {
            if index > 0 { writer.append(raw: ", ") }
            writer.write(entry.event, of: entry.id, entry.stamp)
        }
        writer.append(raw: "]")
        return message(writer.bytes, key: "task.multi")
    }

    /// An event's name, with dots for dashes.
    static func routingKey(_ type: String) -> String { String(type.map { $0 == "-" ? "." : $0 }) }

    private func message(_ body: [UInt8], key: String) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange,
            routingKey: key,
            properties: MessageProperties(
                contentType: ContentType.json,
                contentEncoding: "utf-8",
                headers: ["hostname": .string(sender.node)],
                deliveryMode: 1,
                priority: 0
            ),
            body: body,
            isMandatory: false
        )
    }
}

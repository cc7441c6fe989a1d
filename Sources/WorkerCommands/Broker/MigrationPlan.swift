import BrokerModel

/// How a classic queue becomes a quorum queue of the same name; pure.
///
/// Its messages wait in a temporary queue while it is made anew. What there is on the broker says how far a migration has
/// come, so one that was killed at any moment is gone on with.
struct MigrationPlan: Sendable, Hashable {
    let name: String
    /// The queue as it is to be, with all that belongs to it.
    let target: QueueTopology
    /// What the queue may be declared as now: classic queues can be declared with their type or without.
    let sources: [QueueDeclaration]
    /// What is asked for to be the only migration of this queue: it goes with the connection.
    let lock: QueueDeclaration
    /// Where the messages wait. A classic queue: it has no limit of deliveries, which each killed migration counts as.
    let temporary: QueueDeclaration
    /// The target under another name, made for a moment to see whether the broker takes its arguments.
    let probe: QueueDeclaration
    /// Arguments that a quorum queue does not have.
    let dropped: [String]

    /// What is to be done next.
    enum Stage: Sendable, Hashable {
        /// There is no such queue.
        case missing
        /// It is a quorum queue, and nothing is left to move.
        case done
        /// The classic queue is there: its messages go to the temporary queue, and it is made anew.
        case moveOut
        /// It was deleted, and not made anew.
        case remake
        /// The quorum queue is there: the messages come back to it.
        case moveBack
    }

    private static let suffix = ".swiftworker-migration"
    private static let onlyOfClassicQueues: Set<String> = [
        "x-max-priority", "x-queue-master-locator", "x-queue-mode", "x-queue-version",
    ]

    /// - Throws: `StartError` for a queue that can't be a quorum queue.
    init(_ topology: QueueTopology) throws(StartError) {
        let queue = topology.queue
        name = queue.name
        guard queue.isDurable, !queue.isExclusive, !queue.isAutoDelete else {
            throw StartError("queue '\(name)': a quorum queue is durable, and neither exclusive nor auto-delete")
        }
        guard name.utf8.count + Self.suffix.utf8.count + 6 <= 255 else {
            throw StartError("queue '\(name)': its name is too long for a temporary queue beside it")
        }
        var plain = queue
        plain.arguments["x-queue-type"] = nil
        var typed = plain
        typed.arguments["x-queue-type"] = "classic"
        sources = [plain, typed]
        var target = topology
        target.queue = plain
        for argument in Self.onlyOfClassicQueues { target.queue.arguments[argument] = nil }
        dropped = Self.onlyOfClassicQueues.filter { plain.arguments[$0] != nil }.sorted()
        target.queue.arguments["x-queue-type"] = "quorum"
        self.target = target
        var probe = target.queue
        probe.name = name + Self.suffix + ".probe"
        self.probe = probe
        temporary = QueueDeclaration(name: name + Self.suffix, arguments: ["x-queue-type": "classic"])
        lock = QueueDeclaration(name: name + Self.suffix + ".lock", isDurable: false, isExclusive: true)
    }

    /// - Parameters:
    ///   - type: of the queue; `nil` when there is none.
    ///   - hasTemporary: whether the temporary queue is there.
    static func stage(type: String?, hasTemporary: Bool) -> Stage {
        switch (type, hasTemporary) {
        case (nil, false): .missing
        case (nil, true): .remake
        case ("quorum", false): .done
        case ("quorum", true): .moveBack
        default: .moveOut
        }
    }

    /// The message as it is published into another queue: the same, and persistent. A user id of somebody else's would be
    /// refused.
    static func moving(_ message: IncomingMessage, to queue: String, user: String) -> OutgoingMessage {
        var properties = message.properties
        properties.deliveryMode = 2
        if properties.userID != user { properties.userID = nil }
        return OutgoingMessage(routingKey: queue, properties: properties, body: message.body)
    }
}

import BrokerModel
import SwiftWorker

/// A queue of the source, and what it is at the destination.
struct QueueRenaming: Sendable, Hashable {
    let name: String
    /// How it is declared at the destination.
    let target: QueueTopology

    /// The queues of `-Q`, or of the settings.
    ///
    /// - Throws: `SettingsError` for a queue that is not defined where none may be made.
    static func list(_ option: String?, _ settings: Settings) throws -> [QueueRenaming] {
        let given = commaSeparated(option ?? "")
        return try (given.isEmpty ? settings.configuredQueueNames : given).map { text in
            let names = text.split(separator: ":", maxSplits: 1).map(String.init)
            var topology = try QueuePlan(settings: settings, selecting: [names[0]], nodeName: "migrate").consumed[0]
            if names.count == 2 { rename(&topology, to: names[1]) }
            return QueueRenaming(name: names[0], target: topology)
        }
    }

    /// An exchange and a key of the queue's name are the queue's own, and go with it.
    private static func rename(_ topology: inout QueueTopology, to name: String) {
        let old = topology.queue.name
        topology.queue.name = name
        if topology.routingKey == old { topology.routingKey = name }
        if topology.exchange?.name == old { topology.exchange?.name = name }
    }

    /// The message as it is published at the destination: the same, and by the same way. A user id of somebody else's would be
    /// refused.
    func moving(_ message: IncomingMessage, user: String) -> OutgoingMessage {
        var properties = message.properties
        if properties.userID != user { properties.userID = nil }
        return OutgoingMessage(
            exchange: message.exchange == name ? target.exchange?.name ?? "" : message.exchange,
            routingKey: message.routingKey == name ? target.queue.name : message.routingKey,
            properties: properties,
            body: message.body
        )
    }
}

import SwiftWorker

/// The policies that a worker's queues should have. They send what a queue rejects or gives up to its dead-letter queue.
enum WantedPolicies {
    /// How often a quorum queue delivers a message that comes back, before it counts as one that kills workers. Waiting
    /// messages of a worker that loses its connection are counted too, and RabbitMQ before 4.3 also counts what is merely
    /// given back: its default of 20 loses messages in a day of restarts.
    static let deliveryLimit = 100
    /// As good as none: what is looked at in a dead-letter queue is a delivery. Older versions know no word for no limit.
    static let deadLetterDeliveryLimit = 1_000_000_000

    static func queue(_ name: String, type: String) -> Policy {
        var policy = Policy(
            name: "swiftworker-\(name)",
            pattern: NamePattern.exactly(name),
            priority: 10,
            definition: [
                "dead-letter-exchange": .text(DeadLetterTopology.exchange),
                // A delayed message has another routing key than its queue's name.
                "dead-letter-routing-key": .text(name),
            ]
        )
        if type == "quorum" {
            policy.definition["delivery-limit"] = .number(deliveryLimit)
            policy.definition["dead-letter-strategy"] = .text("at-least-once")
            policy.definition["overflow"] = .text("reject-publish")
        }
        return policy
    }

    static var deadLetterQueues: Policy {
        Policy(
            name: "swiftworker-dead",
            pattern: "\\.dead$",
            priority: 10,
            definition: ["delivery-limit": .number(deadLetterDeliveryLimit)]
        )
    }
}

extension Policy {
    /// The definition as `rabbitmqctl set_policy` takes it.
    var definitionJSON: String {
        let members = definition.sorted { $0.key < $1.key }.map { key, value in
            switch value {
            case .text(let text): "\(JSONText.quoted(key)): \(JSONText.quoted(text))"
            case .number(let number): "\(JSONText.quoted(key)): \(number)"
            }
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    /// The arguments of `rabbitmqctl` that set it.
    func setting(virtualHost: String) -> [String] {
        [
            "set_policy", "--vhost", virtualHost, "--priority", String(priority), "--apply-to", appliesTo, name,
            pattern,
            definitionJSON,
        ]
    }
}

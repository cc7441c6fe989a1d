import BrokerModel
import SwiftWorker

extension BrokerReview {
    /// From here on a quorum queue without a limit of its own has one of 20.
    private static let firstWithDefaultLimit = BrokerVersion("4.0")

    /// What becomes of messages that a queue rejects or gives up.
    func deadLettering(_ administration: BrokerFacts.Administration) -> [Finding] {
        var findings: [Finding] = []
        for topology in needs.queues {
            let name = topology.queue.name
            // Without one the settings want none.
            guard let deadName = DeadLetterTopology.queueName(of: name),
                let dead = topology.companions.lazy.compactMap(\.queue).first(where: { $0.name == deadName })
            else { continue }
            findings += loss(name, state(topology.queue, administration), administration)
            findings += deadLetterLimit(deadName, state(dead, administration))
        }
        return findings
    }

    /// A queue's type and policy: as it is, or as it would be once declared.
    private func state(
        _ declaration: QueueDeclaration,
        _ administration: BrokerFacts.Administration
    ) -> (type: String, policy: Policy?) {
        if let queue = administration.queues.first(where: { $0.name == declaration.name }) {
            return (queue.type, administration.policies.first { $0.name == queue.policy })
        }
        let type = declaration.arguments["x-queue-type"]?.string ?? administration.defaultQueueType
        return (type, Policy.chosen(among: administration.policies, for: declaration.name, type: type))
    }

    private func loss(
        _ name: String,
        _ queue: (type: String, policy: Policy?),
        _ administration: BrokerFacts.Administration
    ) -> [Finding] {
        let exchange = queue.policy?.text("dead-letter-exchange")
        let hasDefaultLimit = queue.type == "quorum" && facts.version >= BrokerReview.firstWithDefaultLimit
        let remedy = commands([WantedPolicies.queue(name, type: queue.type)])
        guard let exchange else {
            let given = hasDefaultLimit ? ", and those that came back 20 times," : ""
            return [
                Finding(
                    kind: .noDeadLettering,
                    subject: name,
                    problem:
                        "No policy dead-letters the messages of the queue '\(name)'\(unapplied(name, queue.type, administration)).",
                    consequence: "Messages that are rejected\(given) are gone, with nothing left to look at.",
                    remedy: remedy
                )
            ]
        }
        // Another exchange is somebody's choice.
        if exchange == DeadLetterTopology.exchange, queue.policy?.text("dead-letter-routing-key") != name {
            return [
                Finding(
                    kind: .noDeadLettering,
                    subject: name,
                    problem: "The policy of the queue '\(name)' has not its name as dead-letter-routing-key.",
                    consequence: """
                        Messages with another routing key, such as those that were delayed, find no dead-letter queue and are gone.
                        """,
                    remedy: remedy
                )
            ]
        }
        guard queue.type == "quorum", !hasDefaultLimit, queue.policy?.number("delivery-limit") == nil else { return [] }
        return [
            Finding(
                kind: .noDeliveryLimit,
                subject: name,
                problem: "The quorum queue '\(name)' has no delivery limit.",
                consequence: "A message that takes its worker along comes again without end.",
                remedy: remedy
            )
        ]
    }

    /// Says of a policy that would do and is not applied why that is so.
    private func unapplied(_ name: String, _ type: String, _ administration: BrokerFacts.Administration) -> String {
        guard type == "classic" else { return "" }
        let policy = administration.policies.first {
            NamePattern.finds($0.pattern, in: name) && $0.definition["dead-letter-exchange"] != nil
                && !$0.fits(name, type: type)
        }
        guard let policy else { return "" }
        let keys = Policy.onlyOfQuorumQueues.intersection(policy.definition.keys).sorted().joined(separator: ", ")
        return " (RabbitMQ does not apply '\(policy.name)' to a classic queue, which has no \(keys))"
    }

    private func deadLetterLimit(_ name: String, _ queue: (type: String, policy: Policy?)) -> [Finding] {
        guard queue.type == "quorum" else { return [] }
        let limit = queue.policy?.number("delivery-limit")
        guard let limit = limit ?? (facts.version >= BrokerReview.firstWithDefaultLimit ? 20 : nil),
            0..<1000 ~= limit
        else { return [] }
        return [
            Finding(
                kind: .deadLetterDeliveryLimit,
                subject: name,
                problem: "The dead-letter queue '\(name)' has a delivery limit of \(limit).",
                consequence: "Dead letters that were looked at so often, or held by tools that were killed, are gone.",
                remedy: commands([WantedPolicies.deadLetterQueues])
            )
        ]
    }

    private func commands(_ policies: [Policy]) -> String {
        let lines = policies.map { ShellWords.join(control.command($0.setting(virtualHost: virtualHost))) }
        return "'broker apply --policies', or: " + lines.joined(separator: "; ")
    }
}

extension TopologyStep {
    fileprivate var queue: QueueDeclaration? {
        if case .queue(let queue) = self { queue } else { nil }
    }
}

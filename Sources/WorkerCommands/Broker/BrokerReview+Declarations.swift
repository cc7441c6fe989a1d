import BrokerModel
import CeleryProtocol
import SwiftWorker

extension BrokerReview {
    /// What exists otherwise than the worker declares it.
    var declarations: [Finding] {
        facts.declarations.compactMap { fact in
            guard case .refused(let code, let text) = fact.answer else { return nil }
            let (kind, name) = Self.subject(fact.step)
            // Without the permission the permissions say it all.
            if code == 403 { return facts.administration == nil ? refusedAccess(kind, name, text) : nil }
            return Finding(
                kind: .differingDeclaration,
                subject: name,
                problem: "The \(kind) '\(name)' is not what the worker declares: \(text)",
                consequence: name.hasPrefix("celery_delayed_") || name == DeadLetterTopology.exchange
                    || name.hasSuffix(".dead")
                    ? "The worker can't declare what it needs beside its queues." : "The worker ends when it starts.",
                remedy: remedy(for: fact.step)
            )
        }
    }

    private func refusedAccess(_ kind: String, _ name: String, _ text: String) -> Finding {
        Finding(
            kind: .missingPermission,
            subject: name,
            problem: "The user '\(user)' may not declare the \(kind) '\(name)': \(text)",
            consequence: "The worker ends when it starts.",
            remedy: "give it the right with '\(control) set_permissions'; rabbitmq/definitions.json has an example."
        )
    }

    private static func subject(_ step: TopologyStep) -> (kind: String, name: String) {
        switch step {
        case .exchange(let exchange): ("exchange", exchange.name)
        case .queue(let queue): ("queue", queue.name)
        case .bindQueue(let binding): ("binding of the queue", binding.queue)
        case .bindExchange(let binding): ("binding of the exchange", binding.destination)
        }
    }

    private func remedy(for step: TopologyStep) -> String {
        guard case .queue(let queue) = step else {
            return "declare it the same everywhere, or delete it when nothing uses it and let the worker declare it."
        }
        let type = facts.administration?.queues.first { $0.name == queue.name }?.type
        if type == "quorum", queue.arguments["x-queue-type"] == nil {
            return """
                it is a quorum queue: set task_default_queue_type or the queue's arguments to it, here and in Python; or make \
                quorum the default type of the virtual host; or, from RabbitMQ 4.0, set \
                'quorum_queue.property_equivalence.relaxed_checks_on_redeclaration = true' in rabbitmq.conf.
                """
        }
        if type == "classic", queue.arguments["x-queue-type"] == "quorum" {
            return "move it with 'broker migrate \(queue.name) --to quorum', or declare it as a classic queue."
        }
        return "declare it the same everywhere, or let it run empty, delete it, and let the worker declare it anew."
    }

    /// What the worker's user may not do.
    func permissions(_ administration: BrokerFacts.Administration) -> [Finding] {
        var missing: [String: Set<String>] = [:]
        for (name, rights) in wantedRights {
            for right in rights where !Self.allows(administration.permissions, right, name) {
                missing[right, default: []].insert(name)
            }
        }
        return ["configure", "write", "read"].compactMap { right in
            guard let names = missing[right]?.sorted() else { return nil }
            let few = names.prefix(5).joined(separator: ", ") + (names.count > 5 ? " and \(names.count - 5) more" : "")
            return Finding(
                kind: .missingPermission,
                subject: right,
                problem: "The user '\(user)' has no permission to \(right): \(few).",
                consequence: right == "read"
                    ? "The worker can't consume, or bind what it declares."
                    : right == "write"
                        ? "Results, retries, parked messages or dead letters can't be published, and tasks are given back."
                        : "The worker ends when it starts.",
                remedy: """
                    \(control) set_permissions --vhost '\(virtualHost)' \(user) CONFIGURE WRITE READ; rabbitmq/definitions.json \
                    has the least that a worker needs.
                    """
            )
        }
    }

    private static func allows(_ permissions: BrokerFacts.Permissions?, _ right: String, _ name: String) -> Bool {
        guard let permissions else { return false }
        switch right {
        case "configure": return NamePattern.finds(permissions.configure, in: name)
        case "write": return NamePattern.finds(permissions.write, in: name)
        default: return NamePattern.finds(permissions.read, in: name)
        }
    }

    /// The rights that each exchange and queue is used with; the default exchange is `amq.default` to them.
    private var wantedRights: [(name: String, rights: [String])] {
        var rights: [(String, [String])] = [
            ("amq.default", ["write"]), (needs.mailbox.queue.name, ["read"]),
            (needs.replyExchange.name, ["configure", "write"]),
        ]
        for step in needs.steps + needs.mailbox.steps {
            switch step {
            case .exchange(let exchange): rights.append((exchange.name, ["configure"]))
            case .queue(let queue): rights.append((queue.name, ["configure"]))
            case .bindQueue(let binding):
                rights.append((binding.queue, ["write"]))
                rights.append((binding.exchange, ["read"]))
            case .bindExchange(let binding):
                rights.append((binding.destination, ["write"]))
                rights.append((binding.source, ["read"]))
            }
        }
        for queue in needs.queues {
            rights.append((queue.queue.name, ["read"]))
        }
        if needs.steps.contains(where: { $0.exchangeName == DeadLetterTopology.exchange }) {
            rights.append((DeadLetterTopology.exchange, ["write"]))
        }
        if !needs.delayLevels.isEmpty { rights.append((DelayTopology.entryExchange, ["write"])) }
        return rights
    }
}

extension TopologyStep {
    fileprivate var exchangeName: String? {
        if case .exchange(let exchange) = self { exchange.name } else { nil }
    }
}

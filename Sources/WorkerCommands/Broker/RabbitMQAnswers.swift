import BrokerModel
import JSON
import OrderedCollections

/// Reads what `rabbitmqctl` prints as JSON; pure. What is missing or of another type is left out: the versions differ.
enum RabbitMQAnswers {
    static func queues(_ answer: JSONValue) -> [BrokerFacts.Queue] {
        (answer.array ?? []).compactMap { queue in
            guard let name = queue["name"]?.string, let type = queue["type"]?.string else { return nil }
            return BrokerFacts.Queue(
                name: name,
                type: type,
                policy: queue["policy"]?.string.flatMap { $0.isEmpty ? nil : $0 },
                messages: Int(queue["messages"]?.integer ?? 0),
                unacknowledged: Int(queue["messages_unacknowledged"]?.integer ?? 0)
            )
        }
    }

    /// A definition is JSON inside of JSON.
    static func policies(_ answer: JSONValue) -> [Policy] {
        (answer.array ?? []).compactMap { policy in
            guard let name = policy["name"]?.string, let pattern = policy["pattern"]?.string else { return nil }
            var definition = policy["definition"] ?? .null
            if let text = definition.string { definition = (try? JSONValue(parsing: Array(text.utf8))) ?? .null }
            var values: [String: Policy.Value] = [:]
            for (key, value) in definition.object ?? [:] {
                values[key] = value.integer.map { .number(Int($0)) } ?? value.string.map { .text($0) } ?? .text("")
            }
            return Policy(
                name: name,
                pattern: pattern,
                appliesTo: policy["apply-to"]?.string ?? "all",
                priority: Int(policy["priority"]?.integer ?? 0),
                definition: values
            )
        }
    }

    static func permissions(_ answer: JSONValue, _ virtualHost: String) -> BrokerFacts.Permissions? {
        guard let mine = answer.array?.first(where: { $0["vhost"]?.string == virtualHost }),
            let configure = mine["configure"]?.string, let write = mine["write"]?.string,
            let read = mine["read"]?.string
        else { return nil }
        return BrokerFacts.Permissions(configure: configure, write: write, read: read)
    }

    /// `undefined` on old versions is classic.
    static func defaultQueueType(_ answer: JSONValue, _ virtualHost: String) -> String {
        let host = answer.array?.first { $0["name"]?.string == virtualHost }
        return host?["default_queue_type"]?.string == "quorum" ? "quorum" : "classic"
    }

    /// The resources that run short, such as `memory`.
    static func alarms(_ status: JSONValue) -> [String] {
        (status["alarms"]?.array ?? []).map { alarm in
            alarm["resource"]?.string ?? alarm.string ?? String(decoding: alarm.serialized(), as: UTF8.self)
        }
    }

    /// The bindings of a queue, but that of the default exchange.
    ///
    /// - Throws: `QueueMigration.Halt` for one with arguments, which are printed in a form that can't be read back.
    static func bindings(_ answer: JSONValue, of queue: String) throws(QueueMigration.Halt) -> [QueueBinding] {
        var bindings: [QueueBinding] = []
        for binding in answer.array ?? [] {
            guard binding["destination_kind"]?.string == "queue", binding["destination_name"]?.string == queue,
                let exchange = binding["source_name"]?.string, !exchange.isEmpty
            else { continue }
            let arguments = binding["arguments"]
            guard arguments?.array?.isEmpty ?? true, arguments?.object?.isEmpty ?? true else {
                throw QueueMigration.Halt(
                    "the queue '\(queue)' is bound to '\(exchange)' with arguments; unbind it first"
                )
            }
            let key = binding["routing_key"]?.string ?? ""
            bindings.append(QueueBinding(queue: queue, exchange: exchange, routingKey: key))
        }
        return bindings
    }
}

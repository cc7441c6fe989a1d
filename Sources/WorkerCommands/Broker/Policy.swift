/// A policy of RabbitMQ: what it adds to the queues whose names its pattern finds.
struct Policy: Sendable, Hashable {
    enum Value: Sendable, Hashable {
        case text(String)
        case number(Int)
    }

    var name: String
    var pattern: String
    var appliesTo = "queues"
    var priority = 0
    var definition: [String: Value]

    /// A classic queue knows nothing of these. A policy with one of them is not applied to it at all, whatever else it says.
    static let onlyOfQuorumQueues: Set<String> = ["delivery-limit", "dead-letter-strategy"]

    /// Whether the broker would choose it for a queue, were it the only one.
    func fits(_ queue: String, type: String) -> Bool {
        guard ["all", "queues", "\(type)_queues"].contains(appliesTo), NamePattern.finds(pattern, in: queue) else {
            return false
        }
        return type == "quorum" || Policy.onlyOfQuorumQueues.isDisjoint(with: definition.keys)
    }

    /// The one policy that the broker chooses for a queue: that of the highest priority.
    static func chosen(among policies: [Policy], for queue: String, type: String) -> Policy? {
        policies.filter { $0.fits(queue, type: type) }.max { $0.priority < $1.priority }
    }

    func text(_ key: String) -> String? {
        if case .text(let text) = definition[key] { text } else { nil }
    }

    func number(_ key: String) -> Int? {
        if case .number(let number) = definition[key] { number } else { nil }
    }
}

/// The regular expressions of policies and permissions. They are found anywhere in a name, unless they are anchored.
enum NamePattern {
    static func finds(_ pattern: String, in name: String) -> Bool {
        // RabbitMQ takes the empty one for a name that is empty.
        guard !pattern.isEmpty else { return name.isEmpty }
        guard let expression = try? Regex(pattern) else { return false }
        return name.firstMatch(of: expression) != nil
    }

    /// The pattern that finds this name alone.
    static func exactly(_ name: String) -> String {
        var pattern = "^"
        for character in name {
            if "\\^$.|?*+()[]{}".contains(character) { pattern.append("\\") }
            pattern.append(character)
        }
        return pattern + "$"
    }
}

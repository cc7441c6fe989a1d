import BrokerModel

/// What is known of a live broker.
struct BrokerFacts: Sendable {
    /// As the broker introduces itself.
    var product: String
    var version: BrokerVersion
    /// What became of each declaration.
    var declarations: [DeclarationFact]
    /// What `rabbitmqctl` says; `nil` where it can't be asked.
    var administration: Administration?

    struct DeclarationFact: Sendable, Hashable {
        enum Answer: Sendable, Hashable {
            /// It isn't there yet.
            case absent
            /// It is there, and as the worker declares it.
            case same
            /// The broker's words.
            case refused(code: UInt16, text: String)
        }

        let step: TopologyStep
        let answer: Answer
    }

    /// What only an administrator can see.
    struct Administration: Sendable {
        /// `nil` when it is turned off.
        var consumerTimeout: Duration?
        /// For example `memory`, `disk`.
        var alarms: [String] = []
        /// The queues of the virtual host.
        var queues: [Queue] = []
        var policies: [Policy] = []
        /// What the worker's user may do in the virtual host; `nil` when nothing.
        var permissions: Permissions?
        /// The type of queues that are declared without one.
        var defaultQueueType = "classic"
    }

    struct Queue: Sendable, Hashable {
        var name: String
        var type: String
        /// The name of the policy that applies.
        var policy: String?
        var messages = 0
        var unacknowledged = 0
    }

    struct Permissions: Sendable, Hashable {
        var configure: String
        var write: String
        var read: String
    }
}

/// A version of RabbitMQ: the numbers that its behaviour hangs on.
struct BrokerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    let description: String
    private let numbers: [Int]

    init(_ text: String) {
        description = text
        numbers = text.split(separator: ".").prefix(3).map { Int($0.prefix { $0.isNumber }) ?? 0 }
    }

    static func < (left: BrokerVersion, right: BrokerVersion) -> Bool {
        left.numbers.lexicographicallyPrecedes(right.numbers)
    }
}

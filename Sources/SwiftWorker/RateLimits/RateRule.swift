/// One limit: which tasks it is about, what they share, and how much of it there is.
///
/// A task that several rules are about has to satisfy all of them.
public struct RateRule: Sendable, Hashable {
    /// What the tasks of a rule share one allowance by.
    public enum Partition: Sendable, Hashable {
        /// All of them share one.
        case whole
        /// Each value of an argument has its own, for example each tenant. Tasks without the argument share one.
        case argument(ArgumentPath)
    }

    /// Names the rule in logs and metrics, and tells whether a changed rule is the same one.
    public var name: String
    /// A pattern for names of queues.
    public var queue: String
    /// A pattern for names of tasks.
    public var task: String
    public var partition: Partition
    public var rate: RateLimit?
    /// How many tasks may start at once after a time of none; 1 keeps them evenly spaced.
    public var burst: Int
    /// How many tasks may run at the same time.
    public var concurrency: Int?

    public init(
        name: String,
        queue: String = "*",
        task: String = "*",
        partition: Partition = .whole,
        rate: RateLimit? = nil,
        burst: Int = 1,
        concurrency: Int? = nil
    ) {
        self.name = name
        self.queue = queue
        self.task = task
        self.partition = partition
        self.rate = rate
        self.burst = burst
        self.concurrency = concurrency
    }

    /// Celery's limit of one task type, as a task's option or the command `rate_limit` gives it.
    public static func task(_ name: String, _ rate: RateLimit) -> RateRule {
        // A name may hold characters that mean something in a pattern; each stands for itself in a bracket.
        let pattern = name.map { "*?[".contains($0) ? "[\($0)]" : String($0) }.joined()
        return RateRule(name: "task:\(name)", task: pattern, rate: rate)
    }

    /// Whether it limits anything.
    var isEffective: Bool { rate != nil || concurrency != nil }
}

/// One allowance: a rule, and for which value of its argument.
struct RateKey: Sendable, Hashable {
    /// The rule's place in the list.
    let rule: Int
    let value: String

    /// Values longer than this share by their beginning and a checksum, so that a key's size is bounded.
    static let maximumBytes = 128

    init(rule: Int, value: String = "") {
        self.rule = rule
        guard value.utf8.count > RateKey.maximumBytes else {
            self.value = value
            return
        }
        var checksum: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in value.utf8 { checksum = (checksum ^ UInt64(byte)) &* 0x0100_0000_01b3 }
        let beginning = String(decoding: value.utf8.prefix(64), as: UTF8.self)
        self.value = "\(beginning)…\(String(checksum, radix: 16))"
    }
}

/// The rules of a worker, for finding those that a task has to satisfy.
struct RateRules: Sendable {
    let rules: [RateRule]

    init(_ rules: [RateRule]) {
        self.rules = rules.filter(\.isEffective)
    }

    /// The places of the rules that are about a task in a queue. It compares patterns: ask once per task and queue, and
    /// keep the answer. Most often it is empty, and then nothing else need be asked.
    func matching(task: String, queue: String) -> [Int] {
        rules.indices.filter { index in
            Glob.matches(task, pattern: rules[index].task) && Glob.matches(queue, pattern: rules[index].queue)
        }
    }

    /// Whether the arguments have to be looked at for the keys of these rules, so that the body must be opened.
    func needArguments(_ matching: [Int]) -> Bool {
        matching.contains { rules[$0].partition != .whole }
    }

    /// The keys of one message.
    ///
    /// - Parameter argument: gives the text of an argument.
    func keys(_ matching: [Int], argument: (ArgumentPath) -> String?) -> [RateKey] {
        matching.map { index in
            switch rules[index].partition {
            case .whole: RateKey(rule: index)
            case .argument(let path): RateKey(rule: index, value: argument(path) ?? "")
            }
        }
    }
}

/// Which messages become dead letters, by reason and task; the first rule that fits decides.
public struct DeadLetterPolicy: Sendable, Hashable {
    public struct Rule: Sendable, Hashable {
        /// `nil` is any reason.
        public var reasons: Set<DeadLetterReason>?
        /// A shell pattern for names of tasks. A message that names no task fits `*` alone.
        public var task: String
        public var isKept: Bool

        public init(_ isKept: Bool, reasons: Set<DeadLetterReason>? = nil, task: String = "*") {
            self.reasons = reasons
            self.task = task
            self.isKept = isKept
        }
    }

    public var rules: [Rule]

    public init(rules: [Rule] = []) {
        self.rules = rules
    }

    /// What holds where no rule fits: everything is kept that is not a task's own end.
    ///
    /// A failure is acknowledged, as in Celery; `task_dead_letter` is the rule that keeps it. A message that its task has
    /// rejected is rejected, so that the deployment's own policy of the broker decides.
    public static let defaultReasons: [DeadLetterReason] = [.quarantined, .undecodable, .malformed, .unregistered]

    /// The reasons that `swiftworker_dead_letter_reasons` may name. Failures have a setting of their own.
    static let selectableReasons = defaultReasons + [.rejected]

    /// The policy that the settings amount to.
    init(settings: Settings) {
        let left = Set(Self.selectableReasons).subtracting(settings.deadLetterReasons)
        rules =
            settings.taskDeadLetter
            + [Rule(true, reasons: Set(settings.deadLetterReasons)), Rule(false, reasons: left)]
    }

    /// The rule of the setting `task_dead_letter` for a task pattern: final failures are kept, or not.
    public static func failures(_ isKept: Bool, of task: String = "*") -> Rule {
        Rule(isKept, reasons: [.failed], task: task)
    }

    /// Whether a message is published as a dead letter.
    ///
    /// - Parameter task: its task, where it names one.
    public func keeps(_ reason: DeadLetterReason, of task: String?) -> Bool {
        let rule = rules.first { rule in
            guard rule.reasons?.contains(reason) ?? true else { return false }
            return rule.task == "*" || task.map { Glob.matches($0, pattern: rule.task) } == true
        }
        return rule?.isKept ?? DeadLetterPolicy.defaultReasons.contains(reason)
    }
}

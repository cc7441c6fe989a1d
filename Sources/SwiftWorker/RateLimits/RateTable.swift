import OrderedCollections

/// The limits of a worker: the rules of the configuration, and those of task types, which remote control can change.
struct RateTable: Sendable {
    private let configured: [RateRule]
    private let isDisabled: Bool
    /// By task; those without a limit are not in it.
    private var tasks: OrderedDictionary<String, RateLimit> = [:]

    init(_ configuration: WorkerConfiguration) {
        let settings = configuration.settings
        isDisabled = settings.workerDisableRateLimits
        configured = settings.rateLimits
        for name in configuration.tasks.names {
            guard let task = configuration.tasks.task(named: name) else { continue }
            tasks[name] = settings.rateLimit(of: name, task.options)
        }
    }

    /// The rules in force.
    var rules: RateRules {
        if isDisabled { return RateRules([]) }
        return RateRules(configured + tasks.map { RateRule.task($0.key, $0.value) })
    }

    /// Whether a rule caps how many run at a time.
    var hasCaps: Bool { !isDisabled && configured.contains { $0.concurrency != nil } }

    func limit(of task: String) -> RateLimit? { tasks[task] }

    mutating func setLimit(of task: String, to limit: RateLimit?) {
        tasks[task] = limit
    }
}

extension Settings {
    /// Celery's order: `task_annotations` before the task's own option before `task_default_rate_limit`.
    fileprivate func rateLimit(of task: String, _ options: TaskOptions) -> RateLimit? {
        let annotated = taskAnnotations.last { $0.task == "*" } ?? taskAnnotations.last { $0.task == task }
        if let annotated { return annotated.rateLimit }
        return options.rateLimit ?? taskDefaultRateLimit
    }
}

extension RateGate.Options {
    init(_ settings: Settings) {
        self.init()
        holdLimit = settings.etaHoldLimit
        maximumHeld = settings.maxHeld
    }
}

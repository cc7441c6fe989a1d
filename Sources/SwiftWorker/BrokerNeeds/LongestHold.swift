/// How long a worker may keep a delivery unsettled, which a broker bears for its `consumer_timeout`.
public struct LongestHold: Sendable, Hashable {
    /// `nil` when nothing bounds it.
    public var duration: Duration?
    /// The task that is the reason; `nil` when there are no tasks.
    public var task: String?
    /// How many tasks a message may have to wait for, its own included when that is settled after its run.
    public var rounds: Int?

    public init(duration: Duration?, task: String?, rounds: Int?) {
        self.duration = duration
        self.task = task
        self.rounds = rounds
    }

    /// A slot has `worker_prefetch_multiplier` messages. The last one of them waits for the others to run; a late-acked one
    /// runs unsettled, too. Whichever way, that is as many hard time limits as there are messages to a slot.
    init(settings: Settings, tasks: TaskRegistry) {
        var slowest: (name: String, limit: Duration?, isLate: Bool)?
        for name in tasks.names {
            guard let task = tasks.task(named: name) else { continue }
            let policy = TaskPolicy(of: name, options: task.options, settings: settings)
            if settings.workerDisablePrefetch, !policy.acksLate { continue }
            if let known = slowest, let limit = policy.limits.hard, known.limit.map({ $0 >= limit }) ?? true {
                continue
            }
            if let known = slowest, known.limit == nil { continue }
            slowest = (name, policy.limits.hard, policy.acksLate)
        }
        guard let slowest else {
            self.init(duration: .zero, task: nil, rounds: 0)
            return
        }
        let rounds = settings.workerDisablePrefetch ? 1 : settings.workerPrefetchMultiplier
        // No limit of the prefetch: a message may wait for all that came before it.
        guard rounds > 0 else {
            self.init(duration: nil, task: slowest.name, rounds: nil)
            return
        }
        self.init(duration: slowest.limit.map { $0 * rounds }, task: slowest.name, rounds: rounds)
    }
}

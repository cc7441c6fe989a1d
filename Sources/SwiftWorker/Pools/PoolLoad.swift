import BrokerModel

/// What counts a pool's load, where that matters: for exact prefetch and for autoscaling. Mostly nothing does.
struct PoolLoad: Sendable {
    let gate: PrefetchGate?
    let autoscaling: Autoscaling?

    init(gate: PrefetchGate? = nil, autoscaling: Autoscaling? = nil) {
        self.gate = gate
        self.autoscaling = autoscaling
    }

    /// As the settings want it. A pool of one slot has nothing to scale.
    init(_ configuration: WorkerConfiguration) {
        let settings = configuration.settings
        autoscaling = configuration.autoscale.map { Autoscaling($0, keepalive: configuration.autoscaleKeepalive) }
        guard settings.workerDisablePrefetch else {
            gate = nil
            return
        }
        let tasks = configuration.tasks
        let isEarlyOnly = tasks.names.allSatisfy { name in
            !(tasks.task(named: name)?.options.acksLate ?? settings.taskAcksLate)
        }
        gate = PrefetchGate(
            ExactPrefetch(
                capacity: configuration.maximumConcurrency,
                queues: Set(configuration.queues.filter { !$0.isSingleActive }.map(\.queue.name)),
                isEarlyOnly: isEarlyOnly
            )
        )
    }

    /// A request's body has ended, or no slot started it: its place is free.
    func left(_ request: Request) {
        autoscaling?.left()
        gate?.leave(request)
    }

    /// The report of a pool that counts what leaves; nothing is put before it where nothing is counted.
    func reporting(
        _ finished: @escaping @Sendable (Request, Outcome) -> Void
    ) -> @Sendable (Request, Outcome) -> Void {
        if gate == nil && autoscaling == nil { return finished }
        return { request, outcome in
            left(request)
            finished(request, outcome)
        }
    }
}

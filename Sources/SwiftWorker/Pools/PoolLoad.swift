/// What counts a pool's load, where that matters: for exact prefetch, for autoscaling and for concurrency caps. Mostly
/// nothing does.
struct PoolLoad: Sendable {
    let gate: PrefetchGate?
    let autoscaling: Autoscaling?
    /// Only where there are caps.
    let caps: RateLimiting?

    init(gate: PrefetchGate? = nil, autoscaling: Autoscaling? = nil, caps: RateLimiting? = nil) {
        self.gate = gate
        self.autoscaling = autoscaling
        self.caps = caps
    }

    /// As the settings want it. A pool of one slot has nothing to scale.
    init(_ configuration: WorkerConfiguration, gate: PrefetchGate?, caps: RateLimiting?) {
        autoscaling = configuration.autoscale.map { Autoscaling($0, keepalive: configuration.autoscaleKeepalive) }
        self.gate = gate
        self.caps = caps
    }

    /// A request's body has ended, or no slot started it: its place is free.
    func left(_ request: Request) {
        autoscaling?.left()
        leftUnstarted(request)
    }

    /// A request was not given to the pool at all.
    func leftUnstarted(_ request: Request) {
        gate?.leave(request)
        caps?.finish(request)
    }

    /// The report of a pool that counts what leaves; nothing is put before it where nothing is counted.
    func reporting(
        _ finished: @escaping @Sendable (Request, Outcome) -> Void
    ) -> @Sendable (Request, Outcome) -> Void {
        if gate == nil && autoscaling == nil && caps == nil { return finished }
        return { request, outcome in
            left(request)
            finished(request, outcome)
        }
    }
}

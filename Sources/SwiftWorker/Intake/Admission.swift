/// The way into the pool, and back to the broker for what can't go in.
///
/// Where the load of the pool matters, for exact prefetch or autoscaling, it is counted here; else nothing is.
final class Admission: Sendable {
    private let pool: any Pool
    private let returns: Returns
    private let load: PoolLoad

    init(pool: any Pool, returns: Returns, load: PoolLoad) {
        self.pool = pool
        self.returns = returns
        self.load = load
    }

    /// Takes a delivered request that may run now.
    func admit(_ request: Request) {
        guard let gate = load.gate else { return submit(request) }
        if gate.admit(request) { submit(request) }
    }

    /// Takes note of a request that waits for its ETA.
    func hold(_ request: Request) { load.gate?.hold(request) }

    /// Takes requests whose ETA has come.
    @Sendable func due(_ requests: [Request]) {
        for request in requests {
            load.gate?.due(request)
            submit(request)
        }
        receivedBatch()
    }

    /// All that came together has been admitted: the pool may look.
    func receivedBatch() {
        load.autoscaling?.received(by: pool)
        pool.wake()
    }

    /// Keeps the pool's size in step with the load, until the calling task is cancelled.
    func scale() async { await load.autoscaling?.run(pool) }

    /// Keeps the consumers as the gate wants them, until the calling task is cancelled.
    func keepExact(_ follow: (ExactPrefetch.Change) async -> Void) async {
        guard let gate = load.gate else { return }
        for await change in gate.changes {
            await follow(change)
            guard change == .pause else { continue }
            let (admitted, surplus) = gate.paused()
            for request in admitted { submit(request) }
            receivedBatch()
            for request in surplus { returns.add(request) }
        }
    }

    /// Takes out what no slot has started, because its connection is lost.
    ///
    /// - Parameter held: those that waited for their ETA.
    func connectionLost(held: [Request]) -> [Request] {
        for request in held { load.gate?.leave(request) }
        let requests = pool.withdraw()
        for request in requests { load.left(request) }
        return held + requests + (load.gate?.connectionLost() ?? [])
    }

    /// Lets nothing more in.
    ///
    /// - Returns: what no slot has started.
    func close() -> [Request] { (load.gate?.close() ?? []) + pool.stop() }

    private func submit(_ request: Request) {
        load.autoscaling?.entered()
        if pool.submit(request) { return }
        load.left(request)
        returns.add(request)
    }
}

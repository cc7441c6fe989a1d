import CeleryProtocol

/// The way into the pool, through all that a request may have to wait for, and back to the broker for what can't go in.
///
/// A request that has waited comes back to the beginning: meanwhile it may have expired, or been revoked, and what it waits
/// for next may be its turn.
///
/// Where the load of the pool matters, for exact prefetch or autoscaling, it is counted here; else nothing is.
final class Admission: Sendable {
    private let pool: any Pool
    private let clearance: Clearance
    private let parking: Parking
    private let rates: RateLimiting
    private let returns: Returns
    private let completion: Completion
    private let load: PoolLoad
    private let events: TaskEvents

    init(
        pool: any Pool,
        clearance: Clearance,
        parking: Parking,
        rates: RateLimiting,
        returns: Returns,
        completion: Completion,
        load: PoolLoad,
        events: TaskEvents = TaskEvents(dispatcher: nil)
    ) {
        self.pool = pool
        self.clearance = clearance
        self.parking = parking
        self.rates = rates
        self.returns = returns
        self.completion = completion
        self.load = load
        self.events = events
    }

    /// Takes a request that is new.
    func receive(_ request: Request) {
        let objection = clearance.objection(to: request)
        // Of one that is over at once monitors hear that alone.
        if case .final? = objection {} else { events.received(request) }
        pass(request, objection)
    }

    /// Lets a request that has waited go as far as it may.
    private func admit(_ request: Request) { pass(request, clearance.objection(to: request)) }

    private func pass(_ request: Request, _ objection: Clearance.Objection?) {
        switch objection {
        case .final(let outcome): return end(request, outcome)
        case .paused(let time): return parking.parkPaused(request, for: time)
        case .queueClosed: return sendBack(request)
        case nil: break
        }
        if let eta = request.headers.eta {
            let wait = eta - clearance.clock.wall()
            if wait > .zero { return parking.wait(request, for: wait) }
        }
        switch rates.judge(request, holding: { load.gate?.hold($0) }) {
        case .start: enter(request)
        case .held: break
        case .park(let time): parking.parkUntilTurn(request, for: time)
        }
    }

    /// Takes requests that have waited for long enough.
    @Sendable func due(_ requests: [Request]) {
        for request in requests {
            request.markDue()
            admit(request)
        }
        receivedBatch()
    }

    /// Takes requests whose turn it is, or which have to wait for it in the broker.
    @Sendable func released(_ requests: [(request: Request, parking: Duration?)]) {
        for (request, time) in requests {
            if let time {
                parking.parkUntilTurn(request, for: time)
                continue
            }
            request.markDue()
            switch clearance.objection(to: request) {
            case .final(let outcome): end(request, outcome)
            case .paused(let time):
                load.leftUnstarted(request)
                parking.parkPaused(request, for: time)
            case .queueClosed: sendBack(request)
            case nil: enter(request)
            }
        }
        receivedBatch()
    }

    /// All that came together has been admitted: the pool may look.
    func receivedBatch() {
        load.autoscaling?.received(by: pool)
        pool.wake()
    }

    /// Changes the rate limit of a task type, as the command `rate_limit` does; `nil` takes it away.
    func setRateLimit(of task: String, to limit: RateLimit?) {
        due(rates.setLimit(of: task, to: limit))
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
            for request in surplus { giveBack(request) }
        }
    }

    /// Takes out what no slot has started, because its connection is lost.
    ///
    /// - Parameter held: those that waited.
    func connectionLost(held: [Request]) -> [Request] {
        let kept = load.gate?.connectionLost() ?? []
        for request in kept { load.caps?.finish(request) }
        return withdraw(held: held, where: { _ in true }) + kept
    }

    /// Takes out of the pool what no slot has started, of what `selects` names.
    ///
    /// - Parameter held: those that waited.
    func withdraw(held: [Request], where selects: (Request) -> Bool) -> [Request] {
        for request in held { load.leftUnstarted(request) }
        let requests = pool.withdraw(where: selects)
        for request in requests { load.left(request) }
        return held + requests
    }

    /// What is here and waits for the consumers to be paused.
    var kept: [Request] { load.gate?.kept ?? [] }

    /// Lets nothing more in.
    ///
    /// - Returns: what no slot has started.
    func close() -> [Request] { (load.gate?.close() ?? []) + pool.stop() }

    private func enter(_ request: Request) {
        guard let gate = load.gate else { return submit(request) }
        if gate.admit(request) { submit(request) }
    }

    private func submit(_ request: Request) {
        load.autoscaling?.entered()
        if pool.submit(request) { return }
        load.left(request)
        returns.add(request)
    }

    private func end(_ request: Request, _ outcome: Outcome) {
        load.leftUnstarted(request)
        completion.complete(request, outcome)
    }

    private func sendBack(_ request: Request) {
        load.leftUnstarted(request)
        returns.add(request)
    }

    private func giveBack(_ request: Request) {
        load.caps?.finish(request)
        returns.add(request)
    }
}

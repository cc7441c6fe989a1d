/// Runs bodies, each in a slot of its own, and nothing else: a pool touches no broker, no result store and no receipt.
///
/// Requests enter by `submit`, and each leaves once: through the pool's report with its outcome, or unstarted through
/// `withdraw()` or `stop()`.
protocol Pool: Sendable {
    /// As `-P` names it.
    var kind: PoolKind { get }
    /// The number of slots.
    var capacity: Int { get }

    /// Starts the slots.
    ///
    /// - Throws: when the system refuses.
    func start() throws

    /// Takes a request; never blocks. It is run when a slot is free; call `wake()` after one or many.
    ///
    /// - Returns: `false` when the pool has stopped; the request is the caller's again.
    func submit(_ request: Request) -> Bool

    /// Lets idle slots see what was submitted.
    func wake()

    /// Gives back what no slot has started.
    func withdraw() -> [Request]

    /// Cancels the running bodies; they are reported when they end.
    func cancelRunning()

    /// Gives up the bodies that still run, so that `finish()` waits for them no longer. Their threads are lost until the
    /// process ends, and what they return is dropped.
    ///
    /// - Returns: their requests.
    func abandon() -> [Request]

    /// Takes nothing more and gives back what has not started; running bodies go on.
    func stop() -> [Request]

    /// Waits until all running bodies have ended after `stop()`.
    func finish() async
}

/// The corridor's side of a pool.
struct PoolReport: Sendable {
    /// Runs one request's body on the slot's thread.
    let run: @Sendable (Request) async -> Outcome
    /// Takes the outcome, on the slot's thread; the slot is free when it returns.
    let finished: @Sendable (Request, Outcome) -> Void
}

/// Runs bodies, each in a slot of its own, and nothing else: a pool touches no broker, no result store and no receipt.
///
/// Requests enter by `submit`, and each leaves once: through the pool's report with its outcome, or unstarted through
/// `withdraw()` or `stop()`, or given up through `abandon()`. A pool holds running bodies to their limits: at the soft
/// one it cancels them, at the hard one it ends them by force or, where it can't, gives their slot up.
protocol Pool: Sendable {
    /// As `-P` names it.
    var kind: PoolKind { get }
    /// The number of slots that there are or soon will be.
    var capacity: Int { get }
    /// What runs now, in the order of the slots.
    var running: [RunningTask] { get }
    /// What no slot has started yet, in order.
    var waiting: [Request] { get }
    /// The child processes, those without a task too; none where slots are threads.
    var processes: [Int32] { get }

    /// How many slots run a task or could take one now: a child process that is still starting is none.
    var servingCount: Int { get }
    /// For how long the pool's own thread has not followed what it was told; also tells it to move. Zero where the slots
    /// look after themselves.
    var stillness: Duration { get }

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

    /// Gives back what no slot has started, of what `selects` names.
    func withdraw(where selects: (Request) -> Bool) -> [Request]

    /// Changes the number of slots. Busy ones that are too many end after their task.
    func resize(to capacity: Int)

    /// Replaces the child processes: the idle ones at once, the others after their task. Threads need not be.
    func restart()

    /// Cancels the running bodies that `selects` names; they are reported when they end. A process is ended by force
    /// when its body does not end within `grace`. To terminate a task is a cancellation, too: a child process and its
    /// group are sent the signal as well.
    func cancelRunning(_ cause: CancellationCause, grace: Duration, where selects: @Sendable (Request) -> Bool)

    /// Gives up the bodies that still run, so that `finish()` waits for them no longer; what they return is dropped.
    /// Processes are killed; threads are lost until the process ends.
    ///
    /// - Returns: their requests.
    func abandon() -> [Request]

    /// Takes nothing more and gives back what has not started; running bodies go on.
    func stop() -> [Request]

    /// Waits until all running bodies have ended after `stop()`, and the slots with them.
    func finish() async
}

extension Pool {
    /// Gives back all that no slot has started.
    func withdraw() -> [Request] { withdraw { _ in true } }
}

/// One busy slot.
struct RunningTask: Sendable {
    let request: Request
    let since: ContinuousClock.Instant
    /// The child process; `nil` for a thread.
    let processID: Int32?
}

/// The corridor's side of a pool. Nothing in it blocks, except `waitForRoom`.
struct PoolReport: Sendable {
    /// Asked of each request when a slot has taken it, and it counts as running: its outcome, if it is not to start.
    var refusal: @Sendable (Request) -> Outcome? = { _ in nil }
    /// A body starts, in the child process of that id if it is in one.
    let started: @Sendable (Request, _ processID: Int32?) -> Void
    /// A body has passed its soft limit and was cancelled.
    let softLimitPassed: @Sendable (Request, Duration) -> Void
    /// A body has ended; its slot is free.
    let finished: @Sendable (Request, Outcome) -> Void
    /// A body has ended, and not yet all that it asked for: `finished` comes later, maybe after the pool's own end.
    var outcomeIsDue: @Sendable () -> Void = {}
    /// What was due has been told.
    var outcomeIsTold: @Sendable () -> Void = {}
    /// Whether completion has room for one more. A slot takes nothing new without it.
    let hasRoom: @Sendable () -> Bool
    /// Blocks the calling thread until completion has room.
    let waitForRoom: @Sendable () -> Void
    /// A body did not end at its hard limit and keeps its thread: so many do now.
    let slotAbandoned: @Sendable (Request, _ total: Int) -> Void
    /// The pool can't run anything any more, for that reason; it tries on.
    var failed: @Sendable (_ reason: String) -> Void = { _ in }
}

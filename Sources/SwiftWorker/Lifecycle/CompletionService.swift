import Logging
import ServiceLifecycle

/// Completion's part in the worker's life: once no task runs, results under way are stored and their deliveries settled.
struct CompletionService: Service {
    let completion: Completion
    /// How long that may take from the end of the last hook: as long as one publish, and a little. What takes several,
    /// one after the other or again and again, may be given up: a broker that does not answer keeps no worker.
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        repeat {
            // Hooks have a limit of their own, and what comes of them is stored after it.
            await completion.drainHooks()
            if await within(limit, completion.drain) { return }
        } while completion.runsHooks
        logger.error("\(completion.underWayCount) results are still not stored after \(limit.numberText) s; giving up")
    }
}

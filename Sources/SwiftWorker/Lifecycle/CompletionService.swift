import Logging
import ServiceLifecycle

/// Completion's part in the worker's life: once no task runs, results under way are stored and their deliveries settled.
struct CompletionService: Service {
    let completion: Completion
    /// How long that may take; results have deadlines of their own, which pass before.
    let limit: Duration
    let logger: Logger

    func run() async throws {
        try? await gracefulShutdown()
        if await within(limit, completion.drain) { return }
        logger.error("\(completion.underWayCount) results are still not stored after \(limit.numberText) s; giving up")
    }
}

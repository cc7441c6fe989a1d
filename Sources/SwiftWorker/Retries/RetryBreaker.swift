import CeleryProtocol
import Logging
import Threads

/// The retry budgets of a worker in force: counts what its tasks do, and says which types are paused.
final class RetryBreaker: Sendable {
    private let budget: Lock<RetryBudget>
    private let clock: WorkerClock
    private let logger: Logger

    /// - Parameter rules: the setting `task_retry_budget`; at least one.
    init(_ rules: [RetryBudgetSettings], clock: WorkerClock, logger: Logger) {
        budget = Lock(RetryBudget(rules, now: .now))
        self.clock = clock
        self.logger = logger
    }

    /// Counts a retry that is about to be published, and puts it off behind its type's pause.
    func admit(_ plan: RetryPlan, of task: String) -> RetryPlan {
        let verdict = budget.withLock { $0.retry(task, at: .now) }
        if case .tripped(let pause) = verdict {
            logger.warning(
                """
                Tasks \(task) are paused for \(pause.secondsText) s: they retry more often than task_retry_budget allows. \
                Their messages wait in the broker
                """
            )
        }
        var plan = plan
        if verdict != .within { plan.postpone(atLeast: verdict.delay, now: clock.wall()) }
        return plan
    }

    /// Notes that a task has succeeded: what its type has waited for is there again.
    func succeeded(_ task: String) {
        guard budget.withLock({ $0.success(task, at: .now) }) else { return }
        logger.info("Tasks \(task) work again after their pause")
    }

    /// Ends the pauses of the types that a pattern fits, by an operator's word.
    ///
    /// - Returns: the types that were paused.
    func resume(matching pattern: String) -> [String] {
        budget.withLock { $0.resume(matching: pattern, at: .now) }
    }

    /// How long a type is still paused; `nil` when it is not.
    func pause(of task: String) -> Duration? { budget.withLock { $0.pause(of: task, at: .now) } }

    /// The paused types with what remains of their pauses, by name.
    var paused: [(task: String, remaining: Duration)] { budget.withLock { $0.paused(at: .now) } }
}

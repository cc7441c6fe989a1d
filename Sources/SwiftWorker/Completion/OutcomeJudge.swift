import CeleryProtocol

/// Says what the end of a run means for its task: a pool knows of one run alone.
struct OutcomeJudge: Sendable {
    let losses: LossLedger
    /// `nil` where retries have no budget.
    let budget: RetryBreaker?
    let clock: WorkerClock

    func judge(_ outcome: Outcome, of request: Request) -> Outcome {
        switch outcome {
        case .lost(let loss) where request.policy.retriesOnWorkerLost:
            let policy = request.task.options.retryPolicy
            let plan = RetryPlan(after: loss, retries: request.headers.retries, by: policy, now: clock.wall())
            // A task that may not be retried any more has failed, whatever else a loss may mean; as in Celery.
            return plan.map { .retried(admit($0, request)) } ?? outcome
        case .lost: return losses.judge(outcome, of: request)
        case .retried(let plan): return .retried(admit(plan, request))
        case .success:
            budget?.succeeded(request.task.name)
            return outcome
        default: return outcome
        }
    }

    private func admit(_ plan: RetryPlan, _ request: Request) -> RetryPlan {
        budget?.admit(plan, of: request.task.name) ?? plan
    }
}

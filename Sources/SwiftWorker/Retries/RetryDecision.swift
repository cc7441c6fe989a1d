import CeleryProtocol
import JSON

/// What follows on a body that threw: a retry, or the failure that the task ends with.
enum RetryDecision: Sendable {
    /// Publish the next run, confirmed; store RETRY; then settle this message as done with.
    case retry(RetryPlan)
    /// The task has failed with this error: the body's own, the cause that it gave for a retry, or Celery's
    /// `MaxRetriesExceededError`.
    case fail(any Error)

    /// What a decision has to know of the task.
    struct Run: Sendable {
        let task: String
        let id: String
        /// How many retries there have been.
        let retries: Int
        /// As they are shown, for `MaxRetriesExceededError`.
        let argsRepr: String
        let kwargsRepr: String

        init(task: String, id: String, retries: Int, argsRepr: String, kwargsRepr: String) {
            self.task = task
            self.id = id
            self.retries = retries
            self.argsRepr = argsRepr
            self.kwargsRepr = kwargsRepr
        }

        init(_ headers: TaskHeaders, _ payload: TaskPayload) {
            self.init(
                task: headers.task,
                id: headers.id,
                retries: headers.retries,
                // What a producer has hidden stays so.
                argsRepr: headers.argsRepr ?? PythonRepr.safeRepr(args: payload.args),
                kwargsRepr: headers.kwargsRepr ?? PythonRepr.safeRepr(payload.kwargs)
            )
        }
    }

    /// Decides, as Celery's `retry` and `autoretry_for` do (reference, 3.8).
    ///
    /// It has to be asked where the error still is what the body threw. It is not to be asked about `TaskControl`, about
    /// arguments that do not fit, nor about a body that was ended by a shutdown or a lost connection: those end otherwise.
    /// A soft time limit is an error like others.
    ///
    /// - Parameters:
    ///   - error: what the body threw.
    ///   - generator: for the backoff's jitter.
    static func decide(
        on error: any Error,
        in run: Run,
        by policy: TaskRetryPolicy,
        now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> RetryDecision {
        let retries = run.retries < Int.max ? run.retries + 1 : run.retries
        if let request = error as? RetryRequest {
            let limit = request.maxRetries ?? policy.maxRetries
            if let limit, retries > limit { return .fail(request.cause ?? exceeded(run, request)) }
            var plan = RetryPlan(retries: retries, time: request.time, policy: policy, cause: request.cause, now: now)
            plan.take(request, now: now)
            return .retry(plan)
        }
        if error is TaskControl || policy.unretriedErrors.matches(error) { return .fail(error) }
        guard policy.retriedErrors.matches(error) else { return .fail(error) }
        if let limit = policy.maxRetries, retries > limit { return .fail(error) }
        let wait = policy.backoff?.delay(retries: run.retries, using: &generator)
        return .retry(
            RetryPlan(
                retries: retries,
                time: wait.map { .after($0) } ?? .afterDefaultDelay,
                policy: policy,
                cause: error,
                now: now
            )
        )
    }

    private static func exceeded(_ run: Run, _ request: RetryRequest) -> PythonException {
        .maxRetriesExceeded(
            task: run.task,
            id: run.id,
            argsRepr: request.arguments.map { PythonRepr.safeRepr(args: $0) } ?? run.argsRepr,
            kwargsRepr: request.keywordArguments.map { PythonRepr.safeRepr(.object($0)) } ?? run.kwargsRepr
        )
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// What a slot does with a job: opens the body of the message, runs the body of the task, and then its hooks.
final class TaskRunner: Sendable {
    private let payloads: PayloadDecoder
    private let effects: any TaskEffects
    private let clock: WorkerClock
    private let logger: Logger
    private let tracing: TaskTracing?

    init(
        payloads: PayloadDecoder,
        effects: any TaskEffects,
        clock: WorkerClock,
        logger: Logger,
        tracing: TaskTracing? = TaskTracing()
    ) {
        self.payloads = payloads
        self.effects = effects
        self.clock = clock
        self.logger = logger
        self.tracing = tracing
    }

    /// Runs one job to its outcome, on the calling thread.
    ///
    /// - Parameter started: called when the body of the task is about to run.
    func run(
        _ job: Job,
        on executor: ThreadExecutor,
        _ cancellation: Cancellation,
        started: @escaping @Sendable () -> Void
    ) -> Outcome {
        let (outcome, hook) = executor.run(
            started: { task in cancellation.attach { task.cancel() } },
            { await self.runBody(job, cancellation, started) }
        )
        // In a task of its own: the body's may be cancelled, and its hooks shall not be.
        if let hook, !cancellation.isGivenUp { executor.run(started: { _ in }, { await self.run(hook, of: job) }) }
        return outcome
    }

    /// What a task's hooks have to be told about a run that did not succeed.
    enum Hook: Sendable {
        case failed(TaskFailure)
        case retried(TaskRetry)
    }

    func run(_ hook: Hook, of job: Job) async {
        let (payload, context) = (try? job.open(by: payloads), context(job, Cancellation()))
        switch hook {
        case .failed(let failure): await job.task.failed(failure, payload, context)
        case .retried(let retry): await job.task.retried(retry, payload, context)
        }
    }

    private func runBody(
        _ job: Job,
        _ cancellation: Cancellation,
        _ started: @Sendable () -> Void
    ) async -> (Outcome, Hook?) {
        if job.isExpired(at: clock.wall) { return (.expired, nil) }
        let payload: TaskPayload
        do {
            payload = try job.open(by: payloads)
        } catch {
            return (error.disposition == .failTask ? .failure(error.pythonException) : .refused(error), nil)
        }
        if let refusal = Self.unsupportedWorkflow(payload.embed) { return (.failure(refusal), nil) }
        started()
        guard let tracing else { return await runTask(job, payload, cancellation) }
        return await tracing.run(job) { headers in
            let (outcome, hook) = await runTask(job, payload, cancellation)
            switch outcome {
            case .success: return ((outcome, hook), nil)
            case .failure(let exception): return ((outcome, hook), exception.summary)
            case .retried(let plan): return ((.retried(plan.carrying(headers)), hook), plan.summary)
            default: return ((outcome, hook), "not carried out")
            }
        }
    }

    private func runTask(
        _ job: Job,
        _ payload: TaskPayload,
        _ cancellation: Cancellation
    ) async -> (Outcome, Hook?) {
        do {
            return (.success(try await job.task.run(payload, context(job, cancellation))), nil)
        } catch {
            return end(by: error, job, payload, cancellation.cause)
        }
    }

    private func context(_ job: Job, _ cancellation: Cancellation) -> TaskContext {
        TaskContext(
            request: TaskRequest(envelope: job.envelope),
            logger: logger,
            effects: effects,
            cancellation: cancellation,
            tracing: tracing
        )
    }

    private func end(
        by error: any Error,
        _ job: Job,
        _ payload: TaskPayload,
        _ cause: CancellationCause?
    ) -> (Outcome, Hook?) {
        var error = error
        switch (error, cause) {
        case (let control as TaskControl, _):
            switch control {
            case .ignore: return (.ignored, nil)
            case .reject(let reason, let requeue): return (.rejected(reason: reason, requeue: requeue), nil)
            }
        case (let unfit as UnfitArguments, _): return fail(job, unfit.error)
        case (_, .shutdown?), (_, .connectionLost?), (_, .terminated?):
            return (cause.map { .stopped(by: $0) } ?? .ignored, nil)
        case (is CancellationError, .softTimeLimit): error = SoftTimeLimitExceeded()
        default: break
        }
        switch decide(on: error, job, payload) {
        case .retry(let plan):
            let cause = (error as? RetryRequest).map(\.cause) ?? error
            return (.retried(plan), .retried(TaskRetry(plan, error: cause)))
        case .fail(let error): return fail(job, error)
        }
    }

    private func fail(_ job: Job, _ error: any Error) -> (Outcome, Hook?) {
        var exception = PythonException(error)
        if exception.traceback == nil { exception.traceback = Self.traceback(exception, of: job.task.name) }
        return (.failure(exception), .failed(TaskFailure(exception: exception, error: error)))
    }

    private func decide(on error: any Error, _ job: Job, _ payload: TaskPayload) -> RetryDecision {
        var error = error
        if var request = error as? RetryRequest {
            request.completeArguments(from: payload, job.task.parameters)
            error = request
        }
        var generator = SystemRandomNumberGenerator()
        return RetryDecision.decide(
            on: error,
            in: RetryDecision.Run(job.headers, payload),
            by: job.task.options.retryPolicy,
            now: clock.wall(),
            using: &generator
        )
    }

    /// Swift errors carry no stack, so the traceback names the task and the error, in the form that Python prints.
    static func traceback(_ exception: PythonException, of task: String) -> String {
        let message = exception.summary
        return "Traceback (most recent call last):\n  File \"<swift>\", in \(task)\n\(message)\n"
    }

    /// What this version can't carry on with must not be dropped: the task is not run, and its reader is told.
    private static func unsupportedWorkflow(_ embed: Embed) -> PythonException? {
        if embed.isEmpty { return nil }
        let carried = [
            ("callbacks (link)", embed.callbacks?.isEmpty == false),
            ("errbacks (link_error)", embed.errbacks?.isEmpty == false),
            ("a chain", embed.chain?.isEmpty == false),
            ("a chord", embed.chord != nil),
        ]
        let names = carried.filter(\.1).map(\.0).joined(separator: ", ")
        return PythonException(
            type: "NotImplementedError",
            module: "builtins",
            arguments: [
                .string(
                    "the task was not run: its message carries \(names), which this version of swiftworker can't follow"
                )
            ]
        )
    }
}

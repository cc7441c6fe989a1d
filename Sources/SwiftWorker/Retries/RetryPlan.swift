import BrokerModel
import CeleryProtocol
import JSON

/// A retry that has been decided on: what to publish, and what to tell.
struct RetryPlan: Sendable {
    /// The count of the next run, from 1.
    let retries: Int
    /// For the republished message, `RetryMessage`.
    private(set) var changes: RetryChanges
    /// Why, for the result of the state RETRY; `nil` when the body gave no reason.
    let cause: PythonException?
    /// The loss of its process, where that ended the run.
    let loss: WorkerLoss?
    /// The time that was asked for, in the words of Celery's log: `in 10s`, `at 2030-01-02 03:04:05+00:00`.
    let timeText: String

    /// As it was decided elsewhere: in a child process.
    init(retries: Int, changes: RetryChanges, cause: PythonException?, timeText: String) {
        self.retries = retries
        self.changes = changes
        self.cause = cause
        self.timeText = timeText
        loss = nil
    }

    /// The retry of a task whose process was lost; `nil` when there may be no more.
    ///
    /// - Parameter retries: how many there have been.
    init?(after loss: WorkerLoss, retries: Int, by policy: TaskRetryPolicy, now: Instant) {
        guard retries < policy.maxRetries ?? .max else { return nil }
        self.loss = loss
        self.retries = retries + 1
        cause = loss.exception
        changes = RetryChanges(eta: RetryPlan.eta(policy.retryDelay, now))
        timeText = RetryPlan.text(policy.retryDelay)
    }

    /// The same, and the next run's message has these headers in place of its own of the same name.
    func carrying(_ headers: FieldTable) -> RetryPlan {
        var plan = self
        plan.changes.headers = headers
        return plan
    }

    init(retries: Int, time: RetryRequest.Time, policy: TaskRetryPolicy, cause: (any Error)?, now: Instant) {
        self.retries = retries
        self.cause = cause.map { PythonException($0) }
        loss = nil
        switch time {
        case .afterDefaultDelay:
            changes = RetryChanges(eta: RetryPlan.eta(policy.retryDelay, now))
            timeText = RetryPlan.text(policy.retryDelay)
        case .after(let delay):
            changes = RetryChanges(eta: RetryPlan.eta(delay, now))
            timeText = RetryPlan.text(delay)
        case .at(let time):
            changes = RetryChanges(eta: time)
            let parts = time.iso8601().split(separator: "T")
            timeText = "at \(parts.joined(separator: " "))"
        }
    }

    /// Takes the overrides of a body's wish.
    mutating func take(_ request: RetryRequest, now: Instant) {
        changes.args = request.arguments
        changes.kwargs = request.keywordArguments
        changes.route = request.queue.map { MessageRoute(queue: $0) }
        changes.priority = request.priority
        changes.expires = request.expiresIn.map { now + $0 }
        changes.timeLimit = request.timeLimit.map(\.inSeconds)
        changes.softTimeLimit = request.softTimeLimit.map(\.inSeconds)
    }

    /// What the state RETRY has for a traceback, in the form that Python prints.
    func traceback(of task: String) -> String {
        TaskRunner.traceback(
            PythonException(type: "Retry", module: "celery.exceptions", arguments: [.string(summary)]),
            of: task
        )
    }

    /// Puts the next run off, at least so long from now: the task's type is paused.
    mutating func postpone(atLeast delay: Duration, now: Instant) {
        let time = now + delay
        if (changes.eta ?? now) < time { changes.eta = time }
    }

    /// What Celery logs: `Retry in 10s: KeyError('boo')`.
    var summary: String {
        let text = "Retry \(timeText)"
        return cause.map { "\(text): \($0.repr)" } ?? text
    }

    private static func eta(_ delay: Duration, _ now: Instant) -> Instant? {
        delay > .zero ? now + delay : nil
    }

    private static func text(_ delay: Duration) -> String {
        let seconds = delay.inSeconds
        let number = Int(exactly: seconds).map { JSONValue.integer(Int64($0)) } ?? .double(seconds)
        return "in \(PythonRepr.repr(number))s"
    }
}

extension Duration {
    /// Seconds as a number, exact to microseconds for thousands of years.
    var inSeconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

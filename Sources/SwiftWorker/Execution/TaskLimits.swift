import CeleryProtocol

/// How long a task may run; `nil` is without limit.
struct TaskLimits: Sendable, Hashable {
    var soft: Duration?
    var hard: Duration?

    /// The limits of a task: the task's own, else the setting, else the command line's (Celery reference, 3.12).
    init(options: TaskOptions, settings: Settings) {
        soft = Self.first(options.softTimeLimit, settings.taskSoftTimeLimit, settings.workerSoftTimeLimit)
        hard = Self.first(options.timeLimit, settings.taskTimeLimit, settings.workerTimeLimit)
    }

    init(soft: Duration? = nil, hard: Duration? = nil) {
        self.soft = soft
        self.hard = hard
    }

    /// These limits with a message's own over them; its nulls and zeros fall through.
    func overridden(by headers: TaskHeaders) -> TaskLimits {
        TaskLimits(
            soft: Self.first(Self.duration(headers.softTimeLimit), soft),
            hard: Self.first(Self.duration(headers.timeLimit), hard)
        )
    }

    private static func first(_ candidates: Duration?...) -> Duration? {
        candidates.lazy.compactMap(\.self).first { $0 > .zero }
    }

    /// A message's limit. One beyond a hundred years is none: it would overflow.
    private static func duration(_ seconds: Double?) -> Duration? {
        guard let seconds, seconds.isFinite, seconds > 0, seconds < 3_153_600_000 else { return nil }
        return .seconds(seconds)
    }
}

/// What a running task's limits ask for as time passes; pure.
struct LimitWatch: Sendable {
    private let limits: TaskLimits
    private let start: ContinuousClock.Instant
    private var isSoftPassed = false

    enum Action: Sendable, Hashable {
        case nothing
        /// Cancel the body.
        case soft(Duration)
        /// End the body by force.
        case hard(Duration)
    }

    init(_ limits: TaskLimits, from start: ContinuousClock.Instant) {
        self.limits = limits
        self.start = start
    }

    /// When `tick` is due next, if at all.
    var next: ContinuousClock.Instant? {
        let soft = isSoftPassed ? nil : limits.soft
        guard let first = [soft, limits.hard].compactMap(\.self).min() else { return nil }
        return start + first
    }

    /// With both due the hard one counts.
    mutating func tick(at now: ContinuousClock.Instant) -> Action {
        let runtime = now - start
        if let hard = limits.hard, runtime >= hard { return .hard(hard) }
        if let soft = limits.soft, !isSoftPassed, runtime >= soft {
            isSoftPassed = true
            return .soft(soft)
        }
        return .nothing
    }
}

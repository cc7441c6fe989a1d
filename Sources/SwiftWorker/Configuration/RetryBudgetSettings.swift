/// One entry of `task_retry_budget`: how many retries there may be of each task type that it is about.
public struct RetryBudgetSettings: Sendable, Hashable {
    /// A shell pattern for names of tasks. Each type that fits it has a budget of its own.
    public var pattern: String
    /// How many retries of one type there may be in 60 s; the next one pauses the type. 0 pauses with the first.
    public var retriesPerMinute: Int
    /// The first pause.
    public var pause: Duration
    /// A pause that follows on one that has not helped is twice as long, up to this.
    public var maximumPause: Duration

    public init(
        pattern: String = "*",
        retriesPerMinute: Int,
        pause: Duration = .seconds(60),
        maximumPause: Duration = .seconds(900)
    ) {
        self.pattern = pattern
        self.retriesPerMinute = retriesPerMinute
        self.pause = pause
        self.maximumPause = maximumPause
    }
}

/// When and how often to connect again.
///
/// One attempt tries every endpoint once. The pause behind a failed attempt is random between `minimum` and a bound
/// that starts at `initial` and doubles up to `maximum`, so that many workers do not return in step.
public struct RetryPolicy: Sendable, Hashable {
    /// Whether a lost connection is made again.
    public var isEnabled: Bool
    /// Whether the very first connection is tried more than once.
    public var onStartup: Bool
    /// How many failed attempts in a row are allowed; `nil` is no limit.
    public var limit: Int?
    public var minimum: Duration
    public var initial: Duration
    public var maximum: Duration

    public init(
        isEnabled: Bool = true,
        onStartup: Bool = true,
        limit: Int? = 100,
        minimum: Duration = .milliseconds(200),
        initial: Duration = .seconds(2),
        maximum: Duration = .seconds(8)
    ) {
        self.isEnabled = isEnabled
        self.onStartup = onStartup
        self.limit = limit
        self.minimum = minimum
        self.initial = initial
        self.maximum = maximum
    }
}

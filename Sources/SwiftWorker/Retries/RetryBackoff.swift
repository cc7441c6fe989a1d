/// Waits that double from retry to retry: Celery's `retry_backoff`, `retry_backoff_max` and `retry_jitter` (reference,
/// 3.8).
public struct RetryBackoff: Sendable, Hashable {
    /// The wait before the first retry, in whole seconds; at least 1. Python's `True` is 1.
    public var factor: Int
    /// The longest wait in whole seconds; a fraction is dropped, as in Celery.
    public var maximum: Duration
    /// Whether each wait is random, from nothing to its full length, so that tasks which failed together do not come back
    /// together.
    public var hasJitter: Bool

    public init(factor: Int = 1, maximum: Duration = .seconds(600), hasJitter: Bool = true) {
        self.factor = factor
        self.maximum = maximum
        self.hasJitter = hasJitter
    }

    /// The wait before the next retry: `min(maximum, factor × 2^retries)`, of which jitter takes a random whole number of
    /// seconds.
    ///
    /// - Parameter retries: how many retries there have been, from 0.
    public func delay(retries: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        let maximum = Int(clamping: maximum.components.seconds)
        let shift = min(max(retries, 0), 62)
        let (product, overflow) = max(factor, 1).multipliedReportingOverflow(by: 1 << shift)
        let seconds = max(0, overflow ? maximum : min(maximum, product))
        return .seconds(hasJitter ? Int.random(in: 0...seconds, using: &generator) : seconds)
    }
}

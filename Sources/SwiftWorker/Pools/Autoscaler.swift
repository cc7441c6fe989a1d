/// Decides how many slots a pool has, by its load; pure (Celery reference, 3.15).
///
/// It grows at once to the number of admitted tasks, and shrinks to it when for `keepalive` no task was received and it
/// did not grow. Busy slots are never taken away.
struct Autoscaler: Sendable {
    private(set) var bounds: AutoscaleBounds
    let keepalive: Duration
    /// How many slots there are to be.
    private(set) var size: Int
    private var lastActivity: ContinuousClock.Instant

    init(bounds: AutoscaleBounds, keepalive: Duration, at now: ContinuousClock.Instant) {
        self.bounds = bounds
        self.keepalive = keepalive
        size = bounds.minimum
        lastActivity = now
    }

    /// Takes other bounds.
    ///
    /// - Returns: the new size, if it changes.
    mutating func setBounds(_ bounds: AutoscaleBounds) -> Int? {
        self.bounds = bounds
        let wanted = min(max(size, bounds.minimum), bounds.maximum)
        if wanted == size { return nil }
        size = wanted
        return wanted
    }

    /// Takes note of received tasks.
    ///
    /// - Parameter load: how many tasks are admitted and have not ended.
    /// - Returns: the new size, if it changes.
    mutating func received(load: Int, at now: ContinuousClock.Instant) -> Int? {
        lastActivity = now
        return grow(load, now)
    }

    /// Looks again; to be called now and then.
    ///
    /// - Returns: the new size, if it changes.
    mutating func tick(load: Int, at now: ContinuousClock.Instant) -> Int? {
        if let size = grow(load, now) { return size }
        let wanted = max(load, bounds.minimum)
        guard wanted < size, now - lastActivity > keepalive else { return nil }
        size = wanted
        return wanted
    }

    private mutating func grow(_ load: Int, _ now: ContinuousClock.Instant) -> Int? {
        let wanted = min(load, bounds.maximum)
        guard wanted > size else { return nil }
        size = wanted
        lastActivity = now
        return wanted
    }
}

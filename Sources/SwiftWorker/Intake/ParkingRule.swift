/// Where a task waits that can't start yet: in memory, or in the broker; pure.
///
/// A message that is held in memory is unsettled. So nothing is held for longer than `holdLimit`, or the broker's
/// `consumer_timeout` would close the channel some day, and no more than `maximumHeld`.
struct ParkingRule: Sendable, Hashable {
    enum Place: Sendable, Hashable {
        /// For so long; then its time has come, or it is looked at again.
        case memory(Duration)
        /// For whole seconds, at least one: the rest is waited for in memory.
        case broker(seconds: Int)
        /// In its queue: it is given back, and comes again.
        case queue
    }

    /// For how long nothing is parked after the broker has refused to take a message; then one is tried.
    static let refusalPause: Duration = .seconds(5)
    /// By how much earlier than its time a message is to be back: the broker's delays are whole seconds, and pass through
    /// several queues.
    static let lead: Duration = .seconds(2)

    /// `swiftworker_eta_hold_limit`.
    let holdLimit: Duration
    /// `swiftworker_max_held`.
    let maximumHeld: Int

    /// - Parameters:
    ///   - wait: for how long the task has to wait.
    ///   - heldFor: for how long it has been held already.
    ///   - inMemory: how many are held.
    ///   - isExact: whether its time matters, so that it is to be back before.
    ///   - canPark: whether the broker takes it.
    func place(
        wait: Duration,
        heldFor: Duration = .zero,
        inMemory: Int,
        isExact: Bool = true,
        canPark: Bool
    ) -> Place {
        if canPark {
            // Less than a second can't be waited for in the broker.
            let fits = (wait <= holdLimit - heldFor || wait < .seconds(1)) && inMemory < maximumHeld
            if fits { return .memory(wait) }
            let delay = isExact ? wait - min(Self.lead, holdLimit / 2) : wait
            return .broker(seconds: max(1, Int(clamping: delay.components.seconds)))
        }
        let left = max(holdLimit, Self.refusalPause) - heldFor
        return left > .zero ? .memory(min(wait, left, Self.refusalPause)) : .queue
    }
}

/// Whether messages can be parked at present; pure. After a refusal the broker is left alone for a while, and then asked
/// with one message before all others.
struct ParkingBreaker: Sendable, Hashable {
    private enum State: Hashable { case closed, open(until: ContinuousClock.Instant), probing }

    private var state = State.closed

    /// Whether the caller may park a message now; it has to say how that ended.
    mutating func admits(at now: ContinuousClock.Instant) -> Bool {
        switch state {
        case .closed: return true
        case .probing: return false
        case .open(let until):
            if now < until { return false }
            state = .probing
            return true
        }
    }

    /// - Returns: whether this is news: the first refusal, or the first message taken after one.
    mutating func ended(_ isTaken: Bool, at now: ContinuousClock.Instant) -> Bool {
        let wasClosed = state == .closed
        state = isTaken ? .closed : .open(until: now + ParkingRule.refusalPause)
        return wasClosed != isTaken
    }
}

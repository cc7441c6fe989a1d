import Threads

/// Calls a function at a time: one sleeper for any number of times, of which only the earliest counts.
///
/// Whoever is called sets the next time. So a thousand short tasks with an hour's limit cost one sleeper, not a thousand.
final class Alarm: Sendable {
    private let state = Lock(State())

    private struct State {
        var ring: @Sendable () -> Void = {}
        var due: ContinuousClock.Instant?
        var sleeper: Task<Void, Never>?
    }

    deinit {
        state.withLock { $0.sleeper?.cancel() }
    }

    func onRing(_ ring: @escaping @Sendable () -> Void) {
        state.withLock { $0.ring = ring }
    }

    /// Rings at `due`, unless it rings earlier anyway.
    func set(at due: ContinuousClock.Instant) {
        state.withLock { state in
            if let earlier = state.due, earlier <= due { return }
            state.due = due
            state.sleeper?.cancel()
            state.sleeper = Task { [weak self] in
                do { try await Task.sleep(until: due, tolerance: .milliseconds(1)) } catch { return }
                self?.fire(due)
            }
        }
    }

    private func fire(_ due: ContinuousClock.Instant) {
        let ring = state.withLock { state -> (@Sendable () -> Void)? in
            guard state.due == due else { return nil }
            state.due = nil
            return state.ring
        }
        ring?()
    }
}

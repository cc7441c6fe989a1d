public import CeleryProtocol
public import SwiftWorker
import Threads

/// A clock that stands still until the test moves it.
public final class ManualClock: Sendable {
    private let state: Lock<State>

    private struct State {
        var now: Instant
        var monotonic = ContinuousClock.now
        var sleepers: [(until: ContinuousClock.Instant, id: Int, wake: AsyncStream<Void>.Continuation)] = []
        var nextID = 0
        var observers: [@Sendable () -> Void] = []
    }

    public init(now: Instant = Instant(secondsSince1970: 1_700_000_000)) {
        state = Lock(State(now: now))
    }

    public var now: Instant { state.withLock { $0.now } }

    /// How many are sleeping on this clock.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The clock as a worker takes it.
    public var workerClock: WorkerClock {
        WorkerClock(
            wall: { self.now },
            monotonic: { self.state.withLock { $0.monotonic } },
            sleep: { try await self.sleep(for: $0) }
        )
    }

    /// Moves the time on and wakes whoever is due.
    public func advance(by duration: Duration) {
        let (due, observers) = state.withLock { state in
            state.now = state.now + duration
            state.monotonic += duration
            let now = state.monotonic
            let due = state.sleepers.filter { $0.until <= now }
            state.sleepers.removeAll { $0.until <= now }
            return (due, state.observers)
        }
        for observer in observers { observer() }
        for sleeper in due { sleeper.wake.finish() }
    }

    /// Sets the time of day, as an operator or NTP does; no time passes by it.
    public func set(by duration: Duration) {
        state.withLock { $0.now = $0.now + duration }
    }

    /// Calls the body whenever the time is moved, before `advance(by:)` returns.
    func onAdvance(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.observers.append(body) }
    }

    private func sleep(for duration: Duration) async throws {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        let id = state.withLock { state in
            state.nextID += 1
            if duration <= .zero {
                continuation.finish()
            } else {
                state.sleepers.append((state.monotonic + duration, state.nextID, continuation))
            }
            return state.nextID
        }
        for await _ in stream {}
        state.withLock { state in state.sleepers.removeAll { $0.id == id } }
        try Task.checkCancellation()
    }
}

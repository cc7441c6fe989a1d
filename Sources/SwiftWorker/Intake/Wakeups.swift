import Threads

/// Wakes a loop, at a time or at once.
///
/// Of several times the earliest counts; whoever is woken sets the next one.
final class Wakeups: Sendable {
    private struct Timer {
        let due: ContinuousClock.Instant
        let task: Task<Void, Never>
    }

    /// One for any number of wakes.
    let signals: AsyncStream<Void>
    private let sender: AsyncStream<Void>.Continuation
    private let clock: WorkerClock
    private let timer = Lock<Timer?>(nil)

    init(clock: WorkerClock) {
        self.clock = clock
        (signals, sender) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    deinit { timer.withLock { $0?.task.cancel() } }

    /// Wakes the loop now.
    func wake() { sender.yield() }

    /// Wakes the loop at `due`, unless it is woken earlier anyway.
    func wake(at due: ContinuousClock.Instant) {
        timer.withLock { timer in
            if let timer {
                if timer.due <= due { return }
                timer.task.cancel()
            }
            timer = Timer(
                due: due,
                task: Task { [weak self, clock] in
                    do { try await clock.sleep(max(.zero, due - clock.monotonic())) } catch { return }
                    self?.ring()
                }
            )
        }
    }

    /// Forgets the time.
    func cancel() {
        timer.withLock { timer in
            timer?.task.cancel()
            timer = nil
        }
    }

    private func ring() {
        timer.withLock { $0 = nil }
        sender.yield()
    }
}

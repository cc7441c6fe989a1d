import Glibc

/// Calls a function at a time: one sleeping thread for any number of times, of which only the earliest counts.
///
/// Whoever is called sets the next time, so a thousand short tasks with an hour's limit cost one sleeper, not a thousand.
/// It is a thread of its own, since what it guards must hold even when Swift's few cooperative threads are all blocked.
public final class Alarm: @unchecked Sendable {
    // @unchecked: `due` and `isClosed` are only touched with `mutex` held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>
    private var due: ContinuousClock.Instant?
    private var isClosed = false

    public init() {
        mutex = .allocate(capacity: 1)
        changed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(changed, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(changed)
        pthread_mutex_destroy(mutex)
        changed.deallocate()
        mutex.deallocate()
    }

    /// Starts the thread that calls `ring`, which may set the next time. It lives until `close()`.
    ///
    /// - Throws: `ThreadError` when the system refuses a thread.
    public func start(_ ring: @escaping @Sendable () -> Void) throws(ThreadError) {
        try OperatingThread.start(name: "alarm") {
            while self.waitUntilDue() { ring() }
        }
    }

    /// Rings at `due`, unless it rings earlier anyway.
    public func set(at due: ContinuousClock.Instant) {
        pthread_mutex_lock(mutex)
        let isEarlier = self.due.map { due < $0 } ?? true
        if isEarlier { self.due = due }
        pthread_mutex_unlock(mutex)
        if isEarlier { pthread_cond_signal(changed) }
    }

    /// Rings no more, and ends the thread.
    public func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_mutex_unlock(mutex)
        pthread_cond_signal(changed)
    }

    /// - Returns: `false` once the alarm is closed.
    private func waitUntilDue() -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !isClosed {
            guard let due else {
                pthread_cond_wait(changed, mutex)
                continue
            }
            let left = due - .now
            if left <= .zero {
                self.due = nil
                return true
            }
            var end = Self.monotonic(in: left)
            pthread_cond_timedwait(changed, mutex, &end)
        }
        return false
    }

    /// The monotonic clock's time so long from now, an hour at most: the caller looks again.
    private static func monotonic(in duration: Duration) -> timespec {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let (seconds, attoseconds) = min(duration, .seconds(3600)).components
        let nanoseconds = time.tv_nsec + Int(attoseconds / 1_000_000_000) + 1
        time.tv_sec += Int(seconds) + nanoseconds / 1_000_000_000
        time.tv_nsec = nanoseconds % 1_000_000_000
        return time
    }
}

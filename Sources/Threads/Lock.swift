import Glibc

/// A value that only one thread at a time can reach.
///
/// It is a POSIX mutex instead of `Synchronization.Mutex` for two measured reasons: that one's slow path is a
/// priority-inheriting futex, which cost 6 % of a busy worker, and its code is invisible to the thread sanitizer, which
/// then takes every guarded access for a race.
public struct Lock<Value: ~Copyable>: ~Copyable, @unchecked Sendable {
    // @unchecked: `value` is only reached with `mutex` held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let value: UnsafeMutablePointer<Value>

    public init(_ value: consuming sending Value) {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
    }

    deinit {
        value.deinitialize(count: 1)
        value.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Gives the value to `body`, which no other thread can disturb. It must be short, and must not lock again.
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }
}

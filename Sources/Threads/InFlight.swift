import Glibc

/// Counts work that is under way, makes threads wait when it is too much, and tells when none is left.
public final class InFlight: @unchecked Sendable {
    // @unchecked: `count` and `drained` are only touched with `mutex` held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let roomFreed: UnsafeMutablePointer<pthread_cond_t>
    private let limit: Int
    private var count = 0
    private var waiting = 0
    private var drained: [CheckedContinuation<Void, Never>] = []

    /// - Parameter limit: from how many on `waitForRoom()` blocks.
    public init(limit: Int) {
        self.limit = limit
        mutex = .allocate(capacity: 1)
        roomFreed = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(roomFreed, nil)
    }

    deinit {
        pthread_cond_destroy(roomFreed)
        pthread_mutex_destroy(mutex)
        roomFreed.deallocate()
        mutex.deallocate()
    }

    /// Counts one more; never blocks.
    public func enter() {
        pthread_mutex_lock(mutex)
        count += 1
        pthread_mutex_unlock(mutex)
    }

    /// Counts one less.
    public func leave() {
        pthread_mutex_lock(mutex)
        count -= 1
        let isWakeDue = waiting > 0 && count < limit
        let continuations = count == 0 ? drained : []
        if count == 0 { drained = [] }
        pthread_mutex_unlock(mutex)
        if isWakeDue { pthread_cond_signal(roomFreed) }
        for continuation in continuations { continuation.resume() }
    }

    /// How much is under way.
    public var currentCount: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return count
    }

    /// Whether the limit is not reached.
    public var hasRoom: Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return count < limit
    }

    /// Blocks the calling thread while the limit is reached.
    public func waitForRoom() {
        pthread_mutex_lock(mutex)
        while count >= limit {
            waiting += 1
            pthread_cond_wait(roomFreed, mutex)
            waiting -= 1
        }
        pthread_mutex_unlock(mutex)
    }

    /// Waits until nothing is under way.
    public func drain() async {
        await withCheckedContinuation { continuation in
            if !enqueue(continuation) { continuation.resume() }
        }
    }

    /// - Returns: whether there is something to wait for.
    private func enqueue(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if count > 0 { drained.append(continuation) }
        return count > 0
    }
}

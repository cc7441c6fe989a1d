import DequeModule
import Glibc

/// A queue that threads wait on.
///
/// Appending and waking are apart, so that a reader of a socket can append many elements and wake once. A woken thread
/// wakes the next one while elements and sleepers remain, and one wake is under way at a time: work that blocks spreads
/// over all threads, while a burst of tiny work is done by the few that are awake already.
public final class BlockingQueue<Element: Sendable>: @unchecked Sendable {
    // @unchecked: `elements`, `sleepers` and `isClosed` are only touched with `mutex` held.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var elements = Deque<Element>()
    private var sleepers = 0
    /// A sleeper was signalled and has not woken yet.
    private var isWaking = false
    private var isClosed = false
    /// How many threads are still to be sent away.
    private var dismissals = 0

    public init() {
        mutex = .allocate(capacity: 1)
        condition = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(condition, nil)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// The elements that wait, the first first.
    public var waiting: [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        // As in `takeAll`.
        return elements.isEmpty ? [] : Array(elements)
    }

    /// How many elements wait.
    public var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return elements.count
    }

    /// Appends without waking anybody; call `wake()` soon.
    ///
    /// - Returns: `false` when the queue is closed and the element was not taken.
    @discardableResult
    public func append(_ element: Element) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if isClosed { return false }
        elements.append(element)
        return true
    }

    /// Wakes one sleeping thread if an element waits.
    public func wake() {
        pthread_mutex_lock(mutex)
        let isWakeDue = claimWake()
        pthread_mutex_unlock(mutex)
        if isWakeDue { pthread_cond_signal(condition) }
    }

    /// Decides, with the lock held, whether the caller has to signal a sleeper.
    private func claimWake() -> Bool {
        guard sleepers > 0, !isWaking, !elements.isEmpty else { return false }
        isWaking = true
        return true
    }

    /// Takes the first element, sleeping until there is one.
    ///
    /// - Returns: `nil` once the queue is closed, or when the thread is dismissed.
    public func next() -> Element? {
        pthread_mutex_lock(mutex)
        while elements.isEmpty && !isClosed && dismissals == 0 {
            sleepers += 1
            pthread_cond_wait(condition, mutex)
            sleepers -= 1
            isWaking = false
        }
        let isDismissed = dismissals > 0 && !isClosed
        if isDismissed { dismissals -= 1 }
        let element = isDismissed ? nil : elements.popFirst()
        let isWakeDue = claimWake()
        pthread_mutex_unlock(mutex)
        if isWakeDue { pthread_cond_signal(condition) }
        return element
    }

    /// Sends so many threads away: `next()` gives `nil` to those that ask first, sleeping ones before busy ones.
    public func dismiss(_ count: Int) {
        pthread_mutex_lock(mutex)
        dismissals += count
        pthread_mutex_unlock(mutex)
        pthread_cond_broadcast(condition)
    }

    /// Takes out the waiting elements that `selects` names; the others stay in their order.
    public func removeAll(where selects: (Element) -> Bool) -> [Element] {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return elements.isEmpty ? [] : elements.extract(where: selects)
    }

    /// With the lock held. Nothing is copied where there is nothing: the copy would write to the one empty array that
    /// all threads share, which the thread sanitizer reports.
    private func takeAll() -> [Element] {
        if elements.isEmpty { return [] }
        defer { elements.removeAll() }
        return Array(elements)
    }

    /// Closes the queue: waiting threads get `nil`, and nothing more is taken.
    ///
    /// - Returns: the elements that nobody took.
    public func close() -> [Element] {
        pthread_mutex_lock(mutex)
        isClosed = true
        let removed = takeAll()
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
        return removed
    }
}

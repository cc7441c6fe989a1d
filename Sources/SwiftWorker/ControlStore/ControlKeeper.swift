import Logging
import Synchronization
import Threads

/// Writes changes into the control store, in their order, and tries again as long as it can't be reached.
///
/// Without a store all changes are kept at once, in memory, as Celery's workers have them.
final class ControlKeeper: Sendable {
    /// How soon a change is tried again that could not be kept.
    static let pause: Duration = .seconds(5)

    private let store: (any ControlStore)?
    private let node: String
    private let limits: ControlLimits
    private let counters: WorkerCounters
    private let logger: Logger
    private let state = Lock(PendingChanges())
    private let isRefreshDue = Atomic(false)
    /// A change has come.
    private let signals: AsyncStream<Void>
    private let signal: AsyncStream<Void>.Continuation

    init(
        store: (any ControlStore)?,
        node: String,
        limits: ControlLimits,
        counters: WorkerCounters,
        logger: Logger
    ) {
        self.store = store
        self.node = node
        self.limits = limits
        self.counters = counters
        self.logger = logger
        (signals, signal) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// How many changes are in force here and not in the store.
    var pendingCount: Int { state.withLock { $0.count } }

    /// Keeps a change.
    ///
    /// - Parameter kept: called once: when it is in the store, or with what went wrong.
    func keep(_ change: ControlChange, for scope: ControlScope, _ kept: @escaping PendingChanges.Kept) {
        guard store != nil else { return kept(nil) }
        if state.withLock({ $0.append(change, scope, kept) }) {
            signal.yield()
        } else {
            counters.controlUnkept.increment()
            logger.error("control: A change is in force here, but not kept: too many wait for the control store")
            kept(ControlStoreError(.unavailable, "too many changes wait for the control store"))
        }
    }

    /// Reads what is kept.
    ///
    /// - Throws: `ControlStoreError`.
    func load() async throws(ControlStoreError) -> ControlState? {
        guard let store else { return nil }
        return try await store.load(for: node, limits)
    }

    /// Has what is kept read again, soon: commands may have been missed.
    func refresh() {
        isRefreshDue.store(true, ordering: .relaxed)
        signal.yield()
    }

    /// Writes until `close()` or until the calling task is cancelled.
    ///
    /// - Parameter refreshed: takes what is kept, when it was read again. All changes from here are in it.
    func run(_ refreshed: @Sendable (ControlState) -> Void) async {
        guard let store else { return }
        let ticker = Task { [signal] in
            while !Task.isCancelled {
                try await Task.sleep(for: Self.pause)
                signal.yield()
            }
        }
        defer { ticker.cancel() }
        for await _ in signals {
            guard await writeAll(to: store), isRefreshDue.exchange(false, ordering: .relaxed) else { continue }
            await refresh(from: store, refreshed)
        }
        if await !writeAll(to: store) {
            logger.error("control: \(pendingCount) changes were in force here and are not in \(store.name)")
        }
    }

    /// Ends `run()`, which tries once more what is left.
    func close() { signal.finish() }

    private func refresh(from store: any ControlStore, _ refreshed: (ControlState) -> Void) async {
        let arrivals = state.withLock { $0.arrivals }
        do throws(ControlStoreError) {
            refreshed(try await store.load(for: node, limits))
            // A change that came meanwhile may not be in what was read: it is, the next time.
            if state.withLock({ $0.arrivals }) != arrivals { refresh() }
        } catch {
            logger.error("control: What is kept could not be read again: \(error)")
            isRefreshDue.store(true, ordering: .relaxed)
        }
    }

    /// - Returns: `false` when the store can't be reached.
    private func writeAll(to store: any ControlStore) async -> Bool {
        while let entry = state.withLock({ $0.first }) {
            do throws(ControlStoreError) {
                try await store.keep(entry.change, for: entry.scope, limits)
                state.withLock { $0.removeFirst() }?(nil)
            } catch {
                counters.controlUnkept.increment()
                if error.kind == .refused {
                    logger.error("control: A change is in force here, but \(store.name) refuses it: \(error)")
                    state.withLock { $0.removeFirst() }?(error)
                } else {
                    logger.error("control: \(pendingCount) changes are in force here, but not kept yet: \(error)")
                    for kept in state.withLock({ $0.takeWaiting() }) { kept(error) }
                    return false
                }
            }
        }
        return true
    }
}

import Synchronization
import Threads

/// Keeps a pool's size in step with its load.
final class Autoscaling: Sendable {
    private let scaler: Lock<Autoscaler>
    private let interval: Duration
    private let load = Atomic(0)

    init(_ bounds: AutoscaleBounds, keepalive: Duration) {
        scaler = Lock(Autoscaler(bounds: bounds, keepalive: keepalive, at: .now))
        // Often enough for the pool to shrink soon after the keepalive.
        interval = min(.seconds(1), max(.milliseconds(10), keepalive / 4))
    }

    var bounds: AutoscaleBounds { scaler.withLock { $0.bounds } }

    /// How many slots there are to be.
    var size: Int { scaler.withLock { $0.size } }

    /// Takes other bounds.
    func setBounds(_ bounds: AutoscaleBounds, of pool: any Pool) { resize(pool) { $0.setBounds(bounds) } }

    /// Takes note of a task that was handed to the pool.
    func entered() { load.add(1, ordering: .relaxed) }

    /// Takes note of a task that has ended, or was taken out of the pool.
    func left() { load.subtract(1, ordering: .relaxed) }

    /// Grows if what was handed to the pool asks for it.
    func received(by pool: any Pool) {
        resize(pool) { $0.received(load: load.load(ordering: .relaxed), at: .now) }
    }

    /// Looks again and again, until the calling task is cancelled.
    func run(_ pool: any Pool) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)
            resize(pool) { $0.tick(load: load.load(ordering: .relaxed), at: .now) }
        }
    }

    private func resize(_ pool: any Pool, _ decide: (inout Autoscaler) -> Int?) {
        // The pool is resized under the lock, so that two changes don't overtake each other.
        scaler.withLock { scaler in
            if let size = decide(&scaler) { pool.resize(to: size) }
        }
    }
}

import CeleryProtocol
import JSON
import OrderedCollections

/// What queues and workers said at one moment.
struct TopSnapshot: Sendable, Hashable {
    struct Queue: Sendable, Hashable {
        let name: String
        /// Messages that wait for a worker; `nil` if there is no such queue.
        var ready: Int?
        var consumers: Int?
        /// Tasks from it that run.
        var running = 0
        /// Dead letters; `nil` if there is no queue for them.
        var dead: Int?
    }

    struct Worker: Sendable, Hashable {
        let node: String
        /// How many tasks it can run at once, and runs.
        var slots: Int?
        var busy: Int?
        /// Tasks that it has started, by name.
        var started: OrderedDictionary<String, Int> = [:]
        /// In seconds.
        var uptime: Int?
        var prefetch: Int?
        var processID: Int?
        /// The kind of pool, in one word.
        var pool: String?
        /// Which queues it consumes.
        var queues: [String] = []

        var startedCount: Int { started.values.reduce(0, +) }
    }

    /// In seconds on an even clock.
    let takenAt: Double
    /// By name.
    var queues: [Queue] = []
    /// By name.
    var workers: [Worker] = []

    /// How many tasks of each name all workers have started.
    var started: [String: Int] {
        workers.reduce(into: [:]) { sums, worker in
            for (name, count) in worker.started { sums[name, default: 0] += count }
        }
    }

    func worker(_ node: String) -> Worker? { workers.first { $0.node == node } }

    func queue(_ name: String) -> Queue? { queues.first { $0.name == name } }
}

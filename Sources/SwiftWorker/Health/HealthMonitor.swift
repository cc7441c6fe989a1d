import BrokerModel
import Threads

/// Keeps what is known of the worker's health; told from any thread.
final class HealthMonitor: Sendable {
    private let state: Lock<WorkerHealth>

    init(hasControlStore: Bool) {
        state = Lock(WorkerHealth(hasControlStore: hasControlStore, at: .now))
    }

    var current: WorkerHealth { state.withLock { $0 } }

    func take(_ event: WorkerHealth.Event) { state.withLock { $0.take(event, at: .now) } }

    func take(_ event: LinkEvent, of link: WorkerHealth.Link) { take(.link(link, event)) }
}

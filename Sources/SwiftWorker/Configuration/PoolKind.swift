/// How tasks run. `gevent` and `eventlet` are taken as `threads`, `processes` as `prefork`.
public enum PoolKind: String, Sendable, CaseIterable {
    case prefork, threads, solo

    /// The names that `-P` and `worker_pool` take.
    public static let names = ["prefork", "processes", "threads", "solo", "gevent", "eventlet"]

    /// Finds a pool by any name that Celery knows it by; `nil` for others.
    public init?(name: String) {
        switch name {
        case "prefork", "processes": self = .prefork
        case "threads", "gevent", "eventlet": self = .threads
        case "solo": self = .solo
        default: return nil
        }
    }
}

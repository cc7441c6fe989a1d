/// One entry of `workers`: a worker that `multi` starts.
public struct WorkerSettings: Sendable, Hashable {
    /// Its key: the part of the node's name before the `@`, unless `hostname` says otherwise.
    public var name: String
    /// Where the key stands.
    public var source: SettingSource = .builtIn
    /// The queues it consumes; empty is all of `task_queues`.
    public var queues: [String] = []
    /// `nil` is `worker_pool`.
    public var pool: PoolKind?
    /// How many tasks run at once, as `-c` takes it: a number or `auto`; `nil` is `worker_concurrency`.
    public var concurrency: String?
    /// The node's name as `-n` takes it, or its host alone; `nil` is the machine's.
    public var hostname: String?
    /// Other options of `worker`, by their long names without dashes; checked by whoever knows the options.
    public var options: [ConfigurationEntry] = []

    public init(name: String) {
        self.name = name
    }
}

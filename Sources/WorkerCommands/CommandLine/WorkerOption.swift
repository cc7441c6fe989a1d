/// What the command line has to know of each option of `worker`, besides how it is parsed.
struct WorkerOption: Sendable {
    /// The long name without dashes.
    let name: String
    /// As it is spoken of in messages.
    let title: String
    let isFlag: Bool
    let isGiven: @Sendable (WorkerCommand) -> Bool
    /// The setting that it sets, if it is one.
    let setting: String?
    /// What is missing, for an option that comes later.
    let missing: String?

    private static func value(
        _ name: String,
        _ title: String? = nil,
        sets setting: String? = nil,
        missing: String? = nil,
        _ path: any KeyPath<WorkerCommand, String?> & Sendable
    ) -> WorkerOption {
        WorkerOption(
            name: name,
            title: title ?? "--" + name,
            isFlag: false,
            isGiven: { $0[keyPath: path] != nil },
            setting: setting,
            missing: missing
        )
    }

    private static func flag(
        _ name: String,
        _ title: String? = nil,
        missing: String? = nil,
        _ path: any KeyPath<WorkerCommand, Bool> & Sendable
    ) -> WorkerOption {
        WorkerOption(
            name: name,
            title: title ?? "--" + name,
            isFlag: true,
            isGiven: { $0[keyPath: path] },
            setting: nil,
            missing: missing
        )
    }

    /// Every option of `worker`, Celery's order.
    static let all: [WorkerOption] = [
        value("hostname", "-n", \.node.hostname),
        flag("detach", "-D", \.node.detach),
        value("statedb", "-S/--statedb", missing: "revoking tasks", \.node.statedb),
        WorkerOption(
            name: "loglevel",
            title: "-l",
            isFlag: false,
            isGiven: { $0.node.loglevel != nil },
            setting: nil,
            missing: nil
        ),
        value("log-format", sets: "swiftworker_log_format", \.node.logFormat),
        value("optimization", "-O", \.node.optimization),
        value("prefetch-multiplier", sets: "worker_prefetch_multiplier", \.node.prefetchMultiplier),
        flag("disable-prefetch", \.node.disablePrefetch),
        value("concurrency", "-c", sets: "worker_concurrency", \.pool.concurrency),
        value("pool", "-P", sets: "worker_pool", \.pool.pool),
        flag("task-events", "-E/--task-events", missing: "events", \.pool.taskEvents),
        value("time-limit", missing: "time limits", \.pool.timeLimit),
        value("soft-time-limit", missing: "time limits", \.pool.softTimeLimit),
        value("max-tasks-per-child", missing: "the process pool", \.pool.maxTasksPerChild),
        value("max-memory-per-child", missing: "the process pool", \.pool.maxMemoryPerChild),
        value("pool-start-method", \.pool.poolStartMethod),
        flag("purge", missing: "purging", \.queues.purge),
        value("queues", "-Q", \.queues.queues),
        value("exclude-queues", "-X", \.queues.excludeQueues),
        value("include", "-I", \.queues.include),
        flag("without-gossip", \.features.withoutGossip),
        flag("without-mingle", \.features.withoutMingle),
        flag("without-heartbeat", \.features.withoutHeartbeat),
        value("heartbeat-interval", missing: "events", \.features.heartbeatInterval),
        value("autoscale", missing: "autoscaling", \.features.autoscale),
        flag("beat", "-B/--beat", missing: "beat", \.features.beat),
        value("schedule-filename", "-s/--schedule", missing: "beat", \.features.scheduleFilename),
        value("scheduler", missing: "beat", \.features.scheduler),
        value("logfile", "-f", sets: "worker_logfile", \.daemon.logfile),
        value("pidfile", sets: "worker_pidfile", \.daemon.pidfile),
        value("uid", missing: "changing the user", \.daemon.uid),
        value("gid", missing: "changing the group", \.daemon.gid),
        value("umask", \.daemon.umask),
        value("executable", \.daemon.executable),
    ]

    /// The variable that gives the option's default, as Celery's command line names it.
    var variable: String {
        "CELERY_WORKER_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}

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
        at path: any KeyPath<WorkerCommand, String?> & Sendable
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
        sets setting: String? = nil,
        missing: String? = nil,
        at path: any KeyPath<WorkerCommand, Bool> & Sendable
    ) -> WorkerOption {
        WorkerOption(
            name: name,
            title: title ?? "--" + name,
            isFlag: true,
            isGiven: { $0[keyPath: path] },
            setting: setting,
            missing: missing
        )
    }

    /// Every option of `worker`, Celery's order.
    static let all: [WorkerOption] = [
        value("hostname", "-n", at: \.node.hostname),
        flag("detach", "-D", at: \.node.detach),
        value("statedb", "-S", sets: "worker_state_db", at: \.node.statedb),
        WorkerOption(
            name: "loglevel",
            title: "-l",
            isFlag: false,
            isGiven: { $0.node.loglevel != nil },
            setting: nil,
            missing: nil
        ),
        value("log-format", sets: "swiftworker_log_format", at: \.node.logFormat),
        value("optimization", "-O", at: \.node.optimization),
        value("prefetch-multiplier", sets: "worker_prefetch_multiplier", at: \.node.prefetchMultiplier),
        flag("disable-prefetch", sets: "worker_disable_prefetch", at: \.node.disablePrefetch),
        value("concurrency", "-c", sets: "worker_concurrency", at: \.pool.concurrency),
        value("pool", "-P", sets: "worker_pool", at: \.pool.pool),
        flag("task-events", "-E/--task-events", sets: "worker_send_task_events", at: \.pool.taskEvents),
        value("time-limit", at: \.pool.timeLimit),
        value("soft-time-limit", at: \.pool.softTimeLimit),
        value("max-tasks-per-child", sets: "worker_max_tasks_per_child", at: \.pool.maxTasksPerChild),
        value("max-memory-per-child", sets: "worker_max_memory_per_child", at: \.pool.maxMemoryPerChild),
        value("pool-start-method", at: \.pool.poolStartMethod),
        flag("purge", at: \.queues.purge),
        value("queues", "-Q", at: \.queues.queues),
        value("exclude-queues", "-X", at: \.queues.excludeQueues),
        value("include", "-I", at: \.queues.include),
        flag("without-gossip", at: \.features.withoutGossip),
        flag("without-mingle", at: \.features.withoutMingle),
        flag("without-heartbeat", at: \.features.withoutHeartbeat),
        value("heartbeat-interval", at: \.features.heartbeatInterval),
        value("autoscale", sets: "swiftworker_autoscale", at: \.features.autoscale),
        flag("beat", "-B/--beat", missing: "beat", at: \.features.beat),
        value("schedule-filename", "-s/--schedule", missing: "beat", at: \.features.scheduleFilename),
        value("scheduler", missing: "beat", at: \.features.scheduler),
        value("logfile", "-f", sets: "worker_logfile", at: \.daemon.logfile),
        value("pidfile", sets: "worker_pidfile", at: \.daemon.pidfile),
        value("uid", missing: "changing the user", at: \.daemon.uid),
        value("gid", missing: "changing the group", at: \.daemon.gid),
        value("umask", at: \.daemon.umask),
        value("executable", at: \.daemon.executable),
    ]

    /// The variable that gives the option's default, as Celery's command line names it.
    var variable: String {
        "CELERY_WORKER_" + String(name.uppercased().map { $0 == "-" ? "_" : $0 })
    }
}

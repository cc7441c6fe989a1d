extension SettingDefinition {
    static let results: [SettingDefinition] = [
        .supported(
            "result_backend",
            \.resultBackend,
            orNull: .url,
            "Where results go: rpc://, disabled://, or null for none."
        ),
        .supported(
            "result_expires",
            \.resultExpires,
            orNull: .seconds,
            "Seconds that results are kept; null is for ever."
        ),
        .supported(
            "result_extended",
            \.resultExtended,
            .boolean,
            "Whether results carry name, arguments, worker and more."
        ),
        .supported(
            "result_persistent",
            \.resultPersistent,
            .persistence,
            "Whether rpc results survive a restart of the broker."
        ),
        .refused("result_serializer", "json", "results are written as JSON only"),
        .meaningless("result_compression", nil, "results are written uncompressed, which every reader takes"),
        .meaningless("result_accept_content", nil, "it is for result readers"),
        .meaningless("result_cache_max", -1, "it is for result readers"),
        .meaningless("result_exchange", "celeryresults", "it is unused in Celery too"),
        .meaningless("result_exchange_type", "direct", "it is unused in Celery too"),
        .later("result_failure_expires", nil, "PostgreSQL and Redis results"),
        .later("result_chord_expires", nil, "chords"),
        .later("result_chord_join_timeout", 3.0, "chords"),
        .later("result_chord_retry_interval", 1.0, "chords"),
        .later("result_backend_always_retry", false, "PostgreSQL and Redis results"),
        .later("result_backend_max_retries", nil, "PostgreSQL and Redis results"),
        .later("result_backend_base_sleep_between_retries_ms", 10, "PostgreSQL and Redis results"),
        .later("result_backend_max_sleep_between_retries_ms", 10_000, "PostgreSQL and Redis results"),
        .later("result_backend_transport_options", [:], "PostgreSQL and Redis results"),
    ]

    static let worker: [SettingDefinition] = [
        .supported(
            "worker_pool",
            \.workerPool,
            .pool,
            "How tasks run: prefork (processes), threads or solo."
        ),
        .supported(
            "worker_concurrency",
            \.workerConcurrency,
            .positiveOrNone,
            "How many run at once; null is the CPUs."
        ),
        .supported(
            "worker_prefetch_multiplier",
            \.workerPrefetchMultiplier,
            .integer(0...65_535),
            "Messages fetched ahead per slot; 0 is no limit."
        ),
        .supported(
            "worker_eta_task_limit",
            \.workerETATaskLimit,
            .positiveOrNone,
            "The most messages prefetched while ETA tasks wait in memory."
        ),
        .supported(
            "worker_direct",
            \.workerDirect,
            .boolean,
            "Whether to consume the node's own queue, <node>.dq2, too."
        ),
        .supported(
            "worker_log_color",
            \.workerLogColor,
            orNull: .boolean,
            "Whether the log is coloured; null is on terminals."
        ),
        .supported("worker_logfile", \.workerLogFile, orNull: .string, "The log file; null is standard error."),
        .supported("worker_pidfile", \.workerPIDFile, orNull: .string, "The file for the process id."),
        .meaningless(
            "worker_enable_prefetch_count_reduction",
            true,
            "prefetch is per queue and stays",
            harmless: [false]
        ),
        .supported(
            "worker_disable_prefetch",
            \.workerDisablePrefetch,
            .boolean,
            "Whether no more messages are held than slots are free."
        ),
        .supported(
            "worker_detect_quorum_queues",
            \.workerDetectQuorumQueues,
            .boolean,
            "Whether a quorum queue makes the worker declare the delay queues at its start."
        ),
        .supported(
            "worker_max_tasks_per_child",
            \.workerMaxTasksPerChild,
            .positiveOrNone,
            "Tasks after which a child process is replaced; 0 or null is never."
        ),
        .supported(
            "worker_max_memory_per_child",
            \.workerMaxMemoryPerChild,
            .positiveOrNone,
            "KiB beyond which a child process is replaced after its task; 0 or null is never."
        ),
        .supported(
            "worker_proc_alive_timeout",
            \.workerProcAliveTimeout,
            .seconds,
            "Seconds that a child process may take to become ready."
        ),
        .meaningless("worker_lost_wait", 10.0, "the end of a child process is known at once"),
        .meaningless("worker_pool_putlocks", true, "slots take work only when idle"),
        .meaningless("worker_pool_start_method", "fork", "children are always fresh processes", harmless: ["spawn"]),
        .supported(
            "worker_pool_restarts",
            \.workerPoolRestarts,
            .boolean,
            "Whether the command pool_restart replaces the child processes."
        ),
        .supported(
            "worker_disable_rate_limits",
            \.workerDisableRateLimits,
            .boolean,
            "Whether no rate limits and concurrency caps hold."
        ),
        .supported(
            "worker_soft_shutdown_timeout",
            \.workerSoftShutdownTimeout,
            .seconds,
            "Seconds that a cold shutdown lets running tasks go on first; 0 is not at all."
        ),
        .supported(
            "worker_enable_soft_shutdown_on_idle",
            \.workerEnableSoftShutdownOnIdle,
            .boolean,
            "Whether that holds without running tasks too."
        ),
        .supported(
            "worker_drain_timeout",
            \.workerDrainTimeout,
            orNull: .seconds,
            "Seconds after which a warm shutdown cancels what still runs; null is never."
        ),
        .supported(
            "worker_cancel_long_running_tasks_on_connection_loss",
            \.workerCancelLongRunningTasksOnConnectionLoss,
            .boolean,
            "Whether a lost connection cancels the late-acked tasks that run."
        ),
        .later("worker_deduplicate_successful_tasks", false, "deduplication by stored results"),
        .meaningless("worker_autoscaler", "celery.worker.autoscale:Autoscaler", "it names a Python class"),
        .meaningless("worker_timer_precision", 1.0, "timers are exact"),
        .meaningless("worker_timer", nil, "it names a Python class"),
        .meaningless("worker_consumer", "celery.worker.consumer:Consumer", "it names a Python class"),
        .meaningless("worker_agent", nil, "it names a Python class"),
        .meaningless("worker_hijack_root_logger", true, "it is about Python's logging", harmless: [false]),
        .supported(
            "worker_redirect_stdouts",
            \.workerRedirectStdouts,
            .boolean,
            "Whether what child processes print goes to the log, line by line."
        ),
        .supported(
            "worker_redirect_stdouts_level",
            \.workerRedirectStdoutsLevel,
            .choice(["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"]),
            "The level of such lines."
        ),
        .meaningless(
            "worker_log_format",
            "[%(asctime)s: %(levelname)s/%(processName)s] %(message)s",
            "use swiftworker_log_format"
        ),
        .meaningless("worker_log_datefmt", nil, "use swiftworker_log_format"),
        .meaningless(
            "worker_task_log_format",
            "[%(asctime)s: %(levelname)s/%(processName)s] %(task_name)s[%(task_id)s]: %(message)s",
            "use swiftworker_log_format"
        ),
        .meaningless("worker_task_log_datefmt", nil, "use swiftworker_log_format"),
        .later("worker_uid", nil, "changing the user"),
        .later("worker_gid", nil, "changing the group"),
        .meaningless("worker_executable", nil, "it names a Python interpreter"),
    ]
}

extension SettingType where Value == Bool {
    /// `result_persistent`, whose null is false for `rpc://`.
    fileprivate static var persistence: SettingType {
        SettingType(boolean.expectation) { node throws(SettingsError) -> Bool in
            node.isNull ? false : try boolean.read(node)
        } show: {
            boolean.show($0)
        }
    }
}

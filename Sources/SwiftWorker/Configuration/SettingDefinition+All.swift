extension SettingDefinition {
    /// Every setting that is known, in the order in which `swiftworker config` lists them.
    public static let all: [SettingDefinition] =
        broker + queues + tasks + results + worker + control + events + monitoring + own
        + elsewhere

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Finds a setting by its lowercase name.
    public static func named(_ name: String) -> SettingDefinition? { byName[name] }

    static let broker: [SettingDefinition] = [
        .supported(
            "broker_url",
            \.brokerURL,
            .url,
            "The brokers, in order of preference; ';' or a list separates them."
        ),
        .supported("broker_read_url", \.brokerReadURL, orNull: .url, "The broker to consume from, if another."),
        .supported("broker_write_url", \.brokerWriteURL, orNull: .url, "The broker to publish to, if another."),
        .supported(
            "broker_connection_timeout",
            \.brokerConnectionTimeout,
            .seconds,
            "Seconds until an attempt to connect fails."
        ),
        .supported("broker_connection_retry", \.brokerConnectionRetry, .boolean, "Whether to reconnect after a loss."),
        .supported(
            "broker_connection_retry_on_startup",
            \.brokerConnectionRetryOnStartup,
            orNull: .boolean,
            "The same at start; null is as broker_connection_retry."
        ),
        .supported(
            "broker_connection_max_retries",
            \.brokerConnectionMaxRetries,
            .positiveOrNone,
            "Attempts before the worker gives up; 0 or null is for ever."
        ),
        .supported(
            "broker_failover_strategy",
            \.brokerFailoverStrategy,
            .choice,
            "How the next broker is chosen: round-robin or shuffle."
        ),
        .supported("broker_heartbeat", \.brokerHeartbeat, .seconds, "Seconds between AMQP heartbeats; 0 is none."),
        .supported(
            "broker_use_ssl",
            \.brokerUseSSL,
            .tls,
            "TLS: true, or a map of keyfile, certfile, ca_certs, cert_reqs."
        ),
        .meaningless("broker_heartbeat_checkrate", 3.0, "heartbeats are checked by the connection's own thread"),
        .meaningless("broker_channel_error_retry", false, "a channel that the broker closes is opened again"),
        .meaningless("broker_login_method", nil, "the login is PLAIN", harmless: ["PLAIN"]),
        .meaningless("broker_pool_limit", 10, "the worker has one connection per purpose, no pool"),
        .meaningless("broker_pool_acquire_timeout", nil, "the worker has one connection per purpose, no pool"),
        .meaningless("broker_transport_options", [:], "they belong to Python's transports"),
        .supported(
            "broker_native_delayed_delivery_queue_type",
            \.brokerNativeDelayedDeliveryQueueType,
            .choice,
            "The type of the delay queues, the same for all workers: quorum or classic."
        ),
    ]

    static let queues: [SettingDefinition] = [
        .supported(
            "task_queues",
            \.taskQueues,
            .queues,
            "The queues, as a map of names to options; empty is the default queue."
        ),
        .supported("task_routes", \.taskRoutes, .routes, "Which queue a task's name goes to, by shell patterns."),
        .supported("task_default_queue", \.taskDefaultQueue, .string, "The queue of tasks without a route."),
        .supported(
            "task_default_exchange",
            \.taskDefaultExchange,
            orNull: .string,
            "The default queue's exchange; null is the queue's name."
        ),
        .supported(
            "task_default_exchange_type",
            \.taskDefaultExchangeType,
            .exchangeType,
            "The default exchange's type."
        ),
        .supported(
            "task_default_routing_key",
            \.taskDefaultRoutingKey,
            orNull: .string,
            "The default queue's binding key; null is the queue's name."
        ),
        .supported(
            "task_default_queue_type",
            \.taskDefaultQueueType,
            .choice(["classic", "quorum"]),
            "The default queue's type: classic or quorum."
        ),
        .supported(
            "task_create_missing_queues",
            \.taskCreateMissingQueues,
            .boolean,
            "Whether -Q may name queues that are not in task_queues."
        ),
        .supported(
            "task_create_missing_queue_type",
            \.taskCreateMissingQueueType,
            .choice(["classic", "quorum"]),
            "The type of such queues."
        ),
        .supported(
            "task_create_missing_queue_exchange_type",
            \.taskCreateMissingQueueExchangeType,
            orNull: .exchangeType,
            "The exchange type of such queues; null is direct."
        ),
        .supported(
            "task_queue_max_priority",
            \.taskQueueMaxPriority,
            orNull: .integer(1...255),
            "x-max-priority of every queue that has none of its own."
        ),
    ]

    static let tasks: [SettingDefinition] = [
        .supported(
            "task_acks_late",
            \.taskAcksLate,
            .boolean,
            "Whether a message is settled after the run, not before."
        ),
        .supported(
            "task_acks_on_failure_or_timeout",
            \.taskAcksOnFailureOrTimeout,
            .boolean,
            "Whether a late-acked task that failed is acked; false rejects it."
        ),
        .supported("task_ignore_result", \.taskIgnoreResult, .boolean, "Whether no results are stored."),
        .supported(
            "task_store_errors_even_if_ignored",
            \.taskStoreErrorsEvenIfIgnored,
            .boolean,
            "Whether failures are stored although results are ignored."
        ),
        .supported("task_track_started", \.taskTrackStarted, .boolean, "Whether the state STARTED is stored."),
        .supported(
            "task_retry_budget",
            \.taskRetryBudget,
            .retryBudget,
            "Retries per task type and minute, beyond which the type is paused; a number, or a map of name patterns."
        ),
        .supported("accept_content", \.acceptContent, .strings, "Content types that are decoded; others are refused."),
        .supported("enable_utc", \.enableUTC, .boolean, "Whether times without zone in messages are UTC."),
        .supported("timezone", \.timezone, orNull: .string, "The local zone's IANA name; null is UTC."),
        .supported(
            "task_acks_on_failure",
            \.taskAcksOnFailure,
            orNull: .boolean,
            "The same for failures alone; null follows it."
        ),
        .supported(
            "task_acks_on_timeout",
            \.taskAcksOnTimeout,
            orNull: .boolean,
            "The same for hard time limits alone, where false gives the message back; null follows it."
        ),
        .supported(
            "task_reject_on_worker_lost",
            \.taskRejectOnWorkerLost,
            .boolean,
            "Whether a late-acked task whose process was lost runs again, up to swiftworker_max_losses."
        ),
        .supported(
            "task_dead_letter",
            \.taskDeadLetter,
            .deadLetters,
            "Whether final failures become dead letters: true, false, or a map of task patterns to them."
        ),
        .supported(
            "task_retry_on_worker_lost",
            \.taskRetryOnWorkerLost,
            .boolean,
            "Whether a task whose process was lost is tried again, as its retry policy says."
        ),
        .supported(
            "task_time_limit",
            \.taskTimeLimit,
            orNull: .seconds,
            "Seconds after which a task is ended by force; null is never."
        ),
        .supported(
            "task_soft_time_limit",
            \.taskSoftTimeLimit,
            orNull: .seconds,
            "Seconds after which a task is cancelled and may clean up; null is never."
        ),
        .supported(
            "task_annotations",
            \.taskAnnotations,
            .annotations,
            "Rate limits by task name, or '*' for all: {tasks.add: {rate_limit: 10/s}}."
        ),
        .supported(
            "task_default_rate_limit",
            \.taskDefaultRateLimit,
            .rate,
            "The rate limit of task types that have none: 10/s, 10/m or 10/h; null is none."
        ),
        .later("task_serializer", "json", "publishing tasks from tasks, in other serializers than JSON"),
        .later("task_compression", nil, "publishing tasks from tasks"),
        .later("task_protocol", 2, "publishing tasks from tasks, in protocol 1"),
        .later("task_default_delivery_mode", 2, "publishing tasks from tasks", harmless: ["persistent"]),
        .later("task_default_priority", nil, "publishing tasks from tasks"),
        .later("task_inherit_parent_priority", false, "publishing tasks from tasks"),
        .later("task_publish_retry", true, "publishing tasks from tasks"),
        .later(
            "task_publish_retry_policy",
            ["max_retries": 3, "interval_start": 0, "interval_max": 1, "interval_step": 0.2],
            "publishing tasks from tasks"
        ),
        .later("task_allow_error_cb_on_chord_header", false, "chords"),
        .meaningless("task_repr_maxlevels", 3, "arguments are shown by a bound on their length"),
        .meaningless("task_remote_tracebacks", false, "a result reader's side of Python"),
        .meaningless("task_always_eager", false, "it is for producers"),
        .meaningless("task_eager_propagates", false, "it is for producers"),
        .meaningless("task_store_eager_result", false, "it is for producers"),
        .meaningless("imports", [], "tasks are compiled in"),
        .meaningless("include", [], "tasks are compiled in"),
    ]

    static let own: [SettingDefinition] = [
        .supported(
            "workers",
            \.workers,
            .workers,
            "The workers that 'multi' starts: name to queues, pool and options."
        ),
        .supported(
            "swiftworker_message_max_bytes",
            \.messageMaxBytes,
            .integer(1024...(2 << 30)),
            "The largest message body taken, packed or unpacked."
        ),
        .supported(
            "swiftworker_publish_timeout",
            \.publishTimeout,
            .seconds,
            "Seconds until a publish that the broker does not confirm fails."
        ),
        .supported(
            "swiftworker_log_format",
            \.logFormat,
            .choice,
            "How log lines are written: text (Celery's) or json."
        ),
        .supported(
            "swiftworker_autoscale",
            \.autoscale,
            orNull: .autoscale,
            "MAX,MIN: the pool grows and shrinks with the load; null keeps its size."
        ),
        .supported(
            "swiftworker_child_memory_limit",
            \.childMemoryLimit,
            .positiveOrNone,
            "KiB beyond which a child process is killed while its task runs; 0 or null is never."
        ),
        .supported(
            "swiftworker_child_heartbeat",
            \.childHeartbeat,
            .seconds,
            "Seconds between signs of life of child processes; three missed ones replace a child; 0 is none."
        ),
        .supported(
            "swiftworker_max_losses",
            \.maxLosses,
            .integer(1...1000),
            "Losses of its process after which a task is quarantined."
        ),
        .supported(
            "swiftworker_max_abandoned_slots",
            \.maxAbandonedSlots,
            .integer(1...10_000),
            "Slots lost to bodies that don't end at their hard limit, after which the worker stops (-P threads, solo)."
        ),
        .supported(
            "swiftworker_adopt_redelivered",
            \.adoptRedelivered,
            .boolean,
            "Whether a redelivered message of a task that still runs here is taken as that task's."
        ),
        .supported(
            "swiftworker_eta_hold_limit",
            \.etaHoldLimit,
            .seconds,
            "Seconds that a message may wait in memory for its ETA or its turn; longer it waits in the broker."
        ),
        .supported(
            "swiftworker_max_held",
            \.maxHeld,
            .integer(0...1_000_000),
            "Messages that wait in memory for their ETA, and as many for their turn; more wait in the broker."
        ),
        .supported(
            "swiftworker_rate_limits",
            \.rateLimits,
            .rateRules,
            "Rates and concurrency caps: a list of {queue, task, argument, rate, burst, concurrency, name}."
        ),
        .supported(
            "swiftworker_dead_letters",
            \.deadLetters,
            .boolean,
            "Whether each consumed queue has a dead-letter queue, <queue>.dead."
        ),
        .supported(
            "swiftworker_dead_letter_reasons",
            \.deadLetterReasons,
            .deadLetterReasons,
            "What becomes a dead letter besides failures (task_dead_letter)."
        ),
        .supported(
            "swiftworker_dead_letter_queue_type",
            \.deadLetterQueueType,
            .choice(["quorum", "classic"]),
            "The type of dead-letter queues that are not there yet: quorum or classic."
        ),
        .supported(
            "swiftworker_unregistered_returns",
            \.unregisteredReturns,
            .integer(0...1000),
            "How often the message of an unregistered task is given back for another worker to try."
        ),
        .supported(
            "swiftworker_unregistered_delay",
            \.unregisteredDelay,
            .seconds,
            "Whole seconds that it waits each time, at least 1."
        ),
    ]
}

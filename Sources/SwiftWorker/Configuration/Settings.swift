public import CeleryProtocol

/// The worker's effective settings, typed. Each property is Celery's setting of the same name in snake_case; Celery
/// reference, section 13. Times are `Duration`; Celery writes them as seconds.
///
/// `EffectiveSettings` fills it from file, environment and flags, and remembers where each value came from.
public struct Settings: Sendable {
    // Broker
    /// `;`-separated URLs; see the reference's section 11 for the grammar.
    public var brokerURL = "amqp://guest:guest@localhost:5672//"
    public var brokerReadURL: String?
    public var brokerWriteURL: String?
    public var brokerConnectionTimeout: Duration = .seconds(4)
    public var brokerConnectionRetry = true
    public var brokerConnectionRetryOnStartup: Bool?
    /// `nil` is without limit (Celery's 0 or None).
    public var brokerConnectionMaxRetries: Int? = 100
    public var brokerFailoverStrategy = FailoverStrategy.roundRobin
    /// Zero turns heartbeats off.
    public var brokerHeartbeat: Duration = .seconds(120)
    public var brokerUseSSL: TLSSettings?
    /// The type of the delay queues; all who declare them must agree on it.
    public var brokerNativeDelayedDeliveryQueueType = DelayTopology.QueueType.quorum

    // Queues and routing
    public var taskDefaultQueue = "celery"
    public var taskDefaultExchange: String?
    public var taskDefaultExchangeType = "direct"
    public var taskDefaultRoutingKey: String?
    public var taskDefaultQueueType = "classic"
    public var taskCreateMissingQueues = true
    public var taskCreateMissingQueueType = "classic"
    public var taskCreateMissingQueueExchangeType: String?
    public var taskQueueMaxPriority: Int?
    public var taskQueues: [QueueSettings] = []
    /// In order; see `RouteTable` for which one counts.
    public var taskRoutes: [RouteSettings] = []

    // Tasks
    public var taskAcksLate = false
    public var taskAcksOnFailureOrTimeout = true
    public var taskIgnoreResult = false
    public var taskStoreErrorsEvenIfIgnored = false
    public var taskTrackStarted = false
    /// `nil` follows `taskAcksOnFailureOrTimeout`.
    public var taskAcksOnFailure: Bool?
    /// `nil` follows `taskAcksOnFailureOrTimeout`.
    public var taskAcksOnTimeout: Bool?
    /// Whether a late-acked task whose process was lost runs again, at most `maxLosses` times.
    public var taskRejectOnWorkerLost = false
    /// Which tasks' final failures become dead letters; the first rule whose pattern fits decides, and none is no.
    public var taskDeadLetter: [DeadLetterPolicy.Rule] = []
    /// Whether a task whose process was lost is retried, by its retry policy.
    public var taskRetryOnWorkerLost = false
    /// The hard limit of tasks that have none of their own; `nil` or zero is none.
    public var taskTimeLimit: Duration?
    /// The soft limit of tasks that have none of their own; `nil` or zero is none.
    public var taskSoftTimeLimit: Duration?
    /// The rate limit of task types that have none of their own.
    public var taskDefaultRateLimit: RateLimit?
    /// Rate limits of task types by configuration.
    public var taskAnnotations: [TaskAnnotation] = []
    /// How many retries there may be per task type and minute; in order, the first pattern that fits a type counts. None
    /// is without limit.
    public var taskRetryBudget: [RetryBudgetSettings] = []
    public var acceptContent = ["json"]
    public var enableUTC = true
    /// An IANA zone name; `nil` is UTC.
    public var timezone: String?

    // Results
    /// `rpc://`, `disabled://` or `nil` for none.
    public var resultBackend: String?
    public var resultExpires: Duration? = .seconds(86_400)
    public var resultExtended = false
    public var resultPersistent = false

    // Worker
    public var workerPool = PoolKind.prefork
    /// `nil` is the number of CPUs.
    public var workerConcurrency: Int?
    /// 0 is no limit on prefetched messages.
    public var workerPrefetchMultiplier = 4
    /// The most messages that may be prefetched when ETA tasks wait in memory; `nil` is no limit.
    public var workerETATaskLimit: Int?
    /// Whether a quorum queue makes the worker declare the delay queues when it starts.
    public var workerDetectQuorumQueues = true
    /// Whether no rate limits and concurrency caps hold.
    public var workerDisableRateLimits = false
    /// Whether the worker also consumes a queue of its own, `<node name>.dq2`.
    public var workerDirect = false
    /// Whether log lines are coloured; `nil` is when the log is a terminal.
    public var workerLogColor: Bool?
    /// Where the log goes; `nil` is standard error. May hold `%n`, `%h` and the like.
    public var workerLogFile: String?
    /// Where the process id is written; `nil` is nowhere. May hold `%n`, `%h` and the like.
    public var workerPIDFile: String?
    /// The workers that `multi` starts; a worker itself makes no use of them.
    public var workers: [WorkerSettings] = []

    /// `--time-limit`: the hard limit where neither message, task nor `taskTimeLimit` gives one.
    public var workerTimeLimit: Duration?
    /// `--soft-time-limit`: the soft limit where neither message, task nor `taskSoftTimeLimit` gives one.
    public var workerSoftTimeLimit: Duration?
    /// After so many tasks a child process is replaced; `nil` is never.
    public var workerMaxTasksPerChild: Int?
    /// Beyond so much resident memory, in KiB, a child process is replaced after its task; `nil` is never.
    public var workerMaxMemoryPerChild: Int?
    /// How long a child process may take from its start until it is ready.
    public var workerProcAliveTimeout: Duration = .seconds(4)
    /// Whether what child processes print goes to the log.
    public var workerRedirectStdouts = true
    /// The level of such lines.
    public var workerRedirectStdoutsLevel = "WARNING"
    /// How long a cold shutdown lets running tasks go on first; zero is not at all.
    public var workerSoftShutdownTimeout: Duration = .zero
    public var workerEnableSoftShutdownOnIdle = false
    /// How long a warm shutdown lets running tasks go on before it cancels them; `nil` is without end, as Celery.
    public var workerDrainTimeout: Duration?
    /// Whether a lost connection cancels the late-acked tasks that run; the broker delivers them again.
    public var workerCancelLongRunningTasksOnConnectionLoss = false
    /// Whether no more messages are held than slots are free.
    public var workerDisablePrefetch = false

    // Events
    public var workerSendTaskEvents = false
    public var taskSendSentEvent = false
    public var eventExchange = "celeryev"
    public var eventQueuePrefix = "celeryev"
    /// `nil` is without limit.
    public var eventQueueTTL: Duration? = .seconds(5)
    /// `nil` is without limit.
    public var eventQueueExpires: Duration? = .seconds(60)
    public var eventQueueExclusive = true
    /// Not together with `eventQueueExclusive`.
    public var eventQueueDurable = false
    /// The first pattern that fits decides; tasks that none fits are all told of.
    public var eventSampling: [EventShare] = []
    public var eventBuffer = 20_000
    /// `--heartbeat-interval`; `nil` is `--without-heartbeat`.
    public var eventHeartbeat: Duration? = .seconds(2)
    /// `--without-mingle` is false: whether neighbours are asked what is revoked.
    public var mingles = true
    /// `--without-gossip` is false: whether the worker takes part in elections.
    public var gossips = true

    // Remote control
    /// Whether the command `pool_restart` is followed.
    public var workerPoolRestarts = false
    public var workerEnableRemoteControl = true
    /// The first part of the exchanges' names: `celery` is `celery.pidbox` and `reply.celery.pidbox`.
    public var controlExchange = "celery"
    /// How long a request waits to be read; `nil` is without limit.
    public var controlQueueTTL: Duration? = .seconds(300)
    /// How long the worker's queue stays when nobody uses it; `nil` is without limit.
    public var controlQueueExpires: Duration? = .seconds(10)
    public var controlQueueExclusive = true
    /// Not together with `controlQueueExclusive`.
    public var controlQueueDurable = false
    /// The file that keeps revokes, pauses and changed rate limits for one worker. May hold `%n`, `%h` and the like.
    public var workerStateDB: String?

    // Settings of this worker's own (prefix `swiftworker_`)
    /// The PostgreSQL database that keeps revokes, pauses and changed rate limits; `nil` keeps them in memory.
    public var controlURL: String?
    /// Where health and metrics are served over HTTP; `nil` is nowhere. The path of a socket may hold `%n`, `%h` and the like.
    public var healthAddress: HealthAddress?
    /// So many task types have metrics of their own; the others share `other`.
    public var metricsTasks = 200
    /// The largest message body taken, in bytes, before and after decompression.
    public var messageMaxBytes = 256 << 20
    /// How long a publish may take, reconnecting included, before it fails.
    public var publishTimeout: Duration = .seconds(30)
    public var logFormat = LogFormat.text
    /// The bounds between which the pool grows and shrinks with the load; `nil` keeps its size.
    public var autoscale: AutoscaleBounds?
    /// Beyond so much resident memory, in KiB, a child process is killed while its task runs; `nil` is never.
    public var childMemoryLimit: Int?
    /// How often a child process is asked for a sign of life; after three unanswered ones it is replaced.
    public var childHeartbeat: Duration = .seconds(10)
    /// After so many losses of its process a task is quarantined instead of run again.
    public var maxLosses = 3
    /// After so many slots given up to bodies that a hard limit could not stop, the worker stops for its supervisor to
    /// start a fresh one.
    public var maxAbandonedSlots = 10
    /// Whether a redelivered message whose task still runs here is taken as that task's, instead of run again.
    public var adoptRedelivered = true
    /// How long a message may be held unsettled until its ETA or its turn; beyond that it waits in the broker.
    public var etaHoldLimit: Duration = .seconds(30)
    /// How many messages may be held until their ETA, and as many until their turn; more wait in the broker.
    public var maxHeld = 2_000
    /// Rates and concurrency caps by queue, task and argument.
    public var rateLimits: [RateRule] = []
    /// Whether each consumed queue has a dead-letter queue, `<queue>.dead`, which the worker declares and fills.
    public var deadLetters = true
    /// What becomes a dead letter besides final failures: `DeadLetterReason` has the words.
    public var deadLetterReasons = DeadLetterPolicy.defaultReasons
    /// The type of dead-letter queues: quorum or classic. One that is there already keeps its own.
    public var deadLetterQueueType = "quorum"
    /// How often the message of a task that nobody registered here is given back for another worker to try.
    public var unregisteredReturns = 5
    /// How long it waits each time, in whole seconds.
    public var unregisteredDelay: Duration = .seconds(10)

    public init() {}
}

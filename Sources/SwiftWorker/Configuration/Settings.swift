/// The worker's effective settings, typed. Each property is Celery's setting of the same name in snake_case; Celery
/// reference, section 13. Times are `Duration`; Celery writes them as seconds.
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
    /// In order; the first whose glob matches the task's name counts.
    public var taskRoutes: [RouteSettings] = []

    // Tasks
    public var taskAcksLate = false
    public var taskAcksOnFailureOrTimeout = true
    public var taskIgnoreResult = false
    public var taskStoreErrorsEvenIfIgnored = false
    public var taskTrackStarted = false
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

    // Limits of this worker (settings of our own, prefix `swiftworker_`)
    /// The largest message body taken, in bytes, before and after decompression.
    public var messageMaxBytes = 256 << 20
    /// How many connection attempts and publishes may take before a publish fails.
    public var publishTimeout: Duration = .seconds(30)

    public init() {}
}

/// How the next broker is chosen when one fails.
public enum FailoverStrategy: String, Sendable, CaseIterable {
    case roundRobin = "round-robin"
    case shuffle
}

/// How tasks run. `gevent` and `eventlet` are taken as `threads`, `processes` as `prefork`.
public enum PoolKind: String, Sendable, CaseIterable {
    case prefork, threads, solo
}

/// `broker_use_ssl` in full.
public struct TLSSettings: Sendable, Hashable {
    public var caCertificates: String?
    public var certificate: String?
    public var key: String?
    /// Whether the broker's certificate is checked.
    public var verifiesPeer = true
    /// Whether the certificate must name the host.
    public var verifiesHostName = true

    public init() {}
}

/// One entry of `task_queues`.
public struct QueueSettings: Sendable, Hashable {
    public var name: String
    public var exchange: String?
    public var exchangeType: String?
    public var routingKey: String?
    /// Raw queue arguments; integers, booleans and strings.
    public var arguments: [String: SettingScalar] = [:]
    public var maxPriority: Int?

    public init(name: String) {
        self.name = name
    }
}

/// A plain value in the configuration.
public enum SettingScalar: Sendable, Hashable {
    case bool(Bool)
    case integer(Int)
    case string(String)
}

/// One entry of `task_routes`.
public struct RouteSettings: Sendable, Hashable {
    /// A shell glob on the task's name.
    public var pattern: String
    public var queue: String?
    public var exchange: String?
    public var routingKey: String?

    public init(pattern: String, queue: String? = nil, exchange: String? = nil, routingKey: String? = nil) {
        self.pattern = pattern
        self.queue = queue
        self.exchange = exchange
        self.routingKey = routingKey
    }
}

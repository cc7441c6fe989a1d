public import BrokerModel
public import CeleryProtocol
public import CoreMetrics
public import Logging
public import ServiceLifecycle

/// All that a worker is made of.
public struct WorkerConfiguration: Sendable {
    public var settings: Settings
    /// The same with where each came from, for those who ask (`inspect conf`, `report`); `nil` tells nothing.
    public var effective: EffectiveSettings?
    /// The queues to consume, as they are declared.
    public var queues: [QueueTopology]
    public var tasks: TaskRegistry
    /// `name@host`.
    public var nodeName: String
    public var broker: any Broker
    /// Makes the result store; it may publish through the worker's own publishing connection.
    public var makeResults: @Sendable (any BrokerPublisher) -> any ResultStore
    public var logger: Logger
    public var clock: WorkerClock
    /// Seconds east of UTC in which dates are written, for the app's time zone.
    public var utcOffset: @Sendable (Instant) -> Int
    /// The number of CPUs, where the concurrency is not set.
    public var processorCount: Int
    public var processID: Int32
    /// Whether all that waits in the queues is deleted, without asking, before the first message is consumed.
    public var purgesQueues = false
    /// The program's version, as monitors show it.
    public var version = "0"
    /// The version of the Celery whose protocol it speaks.
    public var celeryVersion = "5.7.0"
    /// How long a task's hooks may take where the worker runs them itself, after a hard limit or a lost process. A
    /// shutdown waits for them.
    public var hookTimeout: Duration = .seconds(60)
    /// How long the load must be low before an autoscaled pool shrinks.
    public var autoscaleKeepalive: Duration = .seconds(30)
    /// The program that child processes run; it has to call `PoolChild` as `WorkerProgram` does. The default is this very
    /// program, also when its file has been replaced since.
    public var childExecutable = "/proc/self/exe"
    /// Where changes of remote control are kept; `nil` keeps them in memory.
    public var controlStore: (any ControlStore)?
    /// How much of them is remembered.
    public var controlLimits = ControlLimits()
    /// Commands of remote control of one's own.
    public var commands: [CustomCommand] = []
    /// What the worker measures with; `nil` measures nothing, and costs nothing.
    public var metrics: (any MetricsFactory)?
    /// Whether the worker asks its parts for signs of life, once a second: without it `Worker.health` knows too little.
    public var isMonitored = false
    /// Makes services that run as long as the worker: they start before its own and stop after them.
    public var makeServices: @Sendable (Worker) -> [any Service] = { _ in [] }
    /// Called once, when the worker consumes for the first time.
    public var whenReady: @Sendable () -> Void = {}
    var shutdownLimits = ShutdownLimits()

    public init(
        settings: Settings,
        queues: [QueueTopology],
        tasks: TaskRegistry,
        nodeName: String,
        broker: any Broker,
        logger: Logger,
        processorCount: Int = 1,
        processID: Int32 = 0,
        clock: WorkerClock = .system,
        utcOffset: @escaping @Sendable (Instant) -> Int = { _ in 0 },
        makeResults: @escaping @Sendable (any BrokerPublisher) -> any ResultStore = { _ in DisabledResultStore() }
    ) {
        self.settings = settings
        self.queues = queues
        self.tasks = tasks
        self.nodeName = nodeName
        self.broker = broker
        self.logger = logger
        self.processorCount = processorCount
        self.processID = processID
        self.clock = clock
        self.utcOffset = utcOffset
        self.makeResults = makeResults
    }

    /// The number of slots: the setting, else the number of CPUs; `-P solo` always has one.
    public var concurrency: Int {
        if settings.workerPool == .solo { return 1 }
        return max(1, settings.workerConcurrency ?? processorCount)
    }

    /// The bounds of a pool that grows and shrinks; one of a single slot does not.
    var autoscale: AutoscaleBounds? { settings.workerPool == .solo ? nil : settings.autoscale }

    /// The most slots that there can be: what prefetch is computed from.
    var maximumConcurrency: Int { autoscale?.maximum ?? concurrency }

    /// The number of slots to start with.
    var initialSlots: Int { autoscale?.minimum ?? concurrency }
}

import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// The corridor, put together: Intake → Pool → Completion, with what makes a request wait on the side.
final class Corridor: Sendable {
    let intake: Intake
    let pool: any Pool
    let completion: Completion
    let waitingRoom: WaitingRoom
    let delays: DelayedDelivery
    let parking: Parking
    let rates: RateLimiting
    let board: ControlBoard
    let admission: Admission
    let returns: Returns
    let redeliveries: Redeliveries?
    /// `nil` where the pool keeps its size.
    let autoscaling: Autoscaling?
    let totals: TaskTotals
    let results: any ResultStore
    let timeLimits = TimeLimits()
    let prefetch: PrefetchControl
    let settings: Settings
    let hasQuorumQueues: Bool
    let logger: Logger

    /// - Parameters:
    ///   - link: the publisher's.
    ///   - slotAbandoned: hears of each thread that was given up, and how many there are now.
    ///   - poolFailed: hears that the pool can't run anything any more, and why.
    init(
        _ configuration: WorkerConfiguration,
        publisher: any BrokerPublisher,
        link: LinkStatus,
        counters: WorkerCounters,
        events: EventDispatcher?,
        metrics: WorkerMetrics? = nil,
        slotAbandoned: @escaping @Sendable (Request, Int) -> Void,
        poolFailed: @escaping @Sendable (String) -> Void
    ) {
        let settings = configuration.settings
        let logger = configuration.logger
        let clock = configuration.clock
        let results = configuration.makeResults(publisher)
        let payloads = PayloadDecoder(accept: settings.acceptContent, maxBytes: settings.messageMaxBytes)
        let metas = MetaFactory(
            clock: clock,
            utcOffset: configuration.utcOffset,
            isExtended: settings.resultExtended,
            payloads: payloads,
            processID: configuration.processID
        )
        let taskEvents = TaskEvents(dispatcher: events, tellsWhatIsSent: settings.taskSendSentEvent)
        let effects = WorkerEffects(
            results: results,
            metas: metas,
            publisher: publisher,
            calls: CallWriter(routes: RouteTable(settings: settings), origin: configuration.nodeName, clock: clock),
            publishTimeout: settings.publishTimeout,
            events: taskEvents
        )
        let totals = TaskTotals(configuration.tasks)
        let redeliveries = settings.adoptRedelivered ? Redeliveries() : nil
        let delays = DelayedDelivery(
            publisher: publisher,
            queues: configuration.queues,
            queueType: settings.brokerNativeDelayedDeliveryQueueType,
            timeout: settings.publishTimeout,
            losses: { link.losses }
        )
        let runner = TaskRunner(payloads: payloads, effects: effects, clock: clock, logger: logger)
        let retryBudget =
            settings.taskRetryBudget.isEmpty
            ? nil : RetryBreaker(settings.taskRetryBudget, clock: clock, logger: logger)
        let board = ControlBoard(configuration.controlLimits, retryBudget: retryBudget)
        let completion = Completion(
            results: results,
            metas: metas,
            counters: counters,
            clock: clock,
            log: TaskLog(logger: logger),
            events: taskEvents,
            totals: totals,
            judge: OutcomeJudge(losses: LossLedger(limit: settings.maxLosses), budget: retryBudget, clock: clock),
            followUps: FollowUps(
                publisher: publisher,
                delays: delays,
                payloads: payloads,
                origin: configuration.nodeName,
                utcOffset: configuration.utcOffset,
                clock: clock,
                publishTimeout: settings.publishTimeout,
                holdLimit: settings.etaHoldLimit,
                deadLetters: DeadLetterWriter(settings: settings, worker: configuration.nodeName, clock: clock),
                usesQuorumQueues: settings.usesQuorumDeadLetters
            ),
            hooks: HookRunner(runner: runner, timeout: configuration.hookTimeout, logger: logger),
            board: board,
            redeliveries: redeliveries,
            metrics: metrics
        )
        let clearance = Clearance(board: board, clock: clock)
        let gate = PrefetchGate(configuration)
        let prefetch = PrefetchControl(configuration, gate)
        let table = RateTable(configuration)
        let rates = RateLimiting(
            table: table,
            options: RateGate.Options(settings),
            payloads: payloads,
            clock: clock,
            countChanged: { prefetch.hold($0, for: .turn) }
        )
        let load = PoolLoad(configuration, gate: gate, caps: table.hasCaps ? rates : nil)
        let report = PoolReport(
            refusal: clearance.refusal,
            started: completion.started,
            softLimitPassed: completion.softLimitPassed,
            finished: load.reporting(completion.complete),
            outcomeIsDue: completion.outcomeIsDue,
            outcomeIsTold: completion.outcomeIsTold,
            hasRoom: { completion.hasRoom },
            waitForRoom: completion.waitForRoom,
            slotAbandoned: { request, total in
                counters.abandonedSlots.increment()
                slotAbandoned(request, total)
            },
            failed: poolFailed
        )
        let pool: any Pool =
            switch settings.workerPool {
            case .prefork:
                ProcessPool(
                    .init(
                        options: ProcessPool.Options(configuration),
                        effects: effects,
                        report: report,
                        counters: counters,
                        clock: clock,
                        logger: logger
                    )
                )
            case .threads, .solo:
                ThreadPool(
                    kind: settings.workerPool,
                    capacity: configuration.initialSlots,
                    runner: runner,
                    report: report
                )
            }
        let returns = Returns(giveBack: completion.giveBack)
        let waitingRoom = WaitingRoom(clock: clock) { prefetch.hold($0, for: .eta) }
        let parking = Parking(
            rule: ParkingRule(holdLimit: settings.etaHoldLimit, maximumHeld: settings.maxHeld),
            delays: delays,
            room: waitingRoom,
            returns: returns,
            gate: gate,
            completion: completion,
            clock: clock,
            logger: logger,
            countChanged: { prefetch.hold($0, for: .parking) },
            turnLost: rates.notParked
        )
        let admission = Admission(
            pool: pool,
            clearance: clearance,
            parking: parking,
            rates: rates,
            returns: returns,
            completion: completion,
            load: load,
            events: taskEvents
        )
        var tasks: [String: Intake.AdmittedTask] = [:]
        for name in configuration.tasks.names {
            guard let task = configuration.tasks.task(named: name) else { continue }
            tasks[name] = .init(
                task: task,
                policy: TaskPolicy(of: name, options: task.options, settings: settings),
                meters: TaskQueueMeters(task: name)
            )
        }
        autoscaling = load.autoscaling
        self.totals = totals
        self.results = results
        self.completion = completion
        self.pool = pool
        self.waitingRoom = waitingRoom
        self.delays = delays
        self.parking = parking
        self.rates = rates
        self.board = board
        self.admission = admission
        self.returns = returns
        self.redeliveries = redeliveries
        self.prefetch = prefetch
        self.settings = settings
        hasQuorumQueues = configuration.queues.contains { $0.queue.arguments["x-queue-type"] == "quorum" }
        self.logger = logger
        intake = Intake(
            tasks: tasks,
            defaultPolicy: TaskPolicy(of: "", options: TaskOptions(), settings: settings),
            unregistered: UnregisteredRule(limit: settings.unregisteredReturns, delay: settings.unregisteredDelay),
            payloads: payloads,
            timeLimits: timeLimits,
            hostname: configuration.nodeName,
            admission: admission,
            redeliveries: redeliveries,
            completion: completion,
            counters: counters,
            meters: metrics?.tasks,
            logger: logger
        )
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Threads

/// The corridor, put together: Intake → Pool → Completion, with the waiting room on the side.
final class Corridor: Sendable {
    let intake: Intake
    let pool: any Pool
    let completion: Completion
    let waitingRoom: WaitingRoom
    let board: ControlBoard
    let admission: Admission
    let returns: Returns
    let redeliveries: Redeliveries?
    let prefetch: PrefetchControl
    let settings: Settings
    let logger: Logger

    /// - Parameters:
    ///   - slotAbandoned: hears of each thread that was given up, and how many there are now.
    ///   - poolFailed: hears that the pool can't run anything any more, and why.
    init(
        _ configuration: WorkerConfiguration,
        publisher: any BrokerPublisher,
        counters: WorkerCounters,
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
        let effects = WorkerEffects(
            results: results,
            metas: metas,
            publisher: publisher,
            calls: CallWriter(routes: RouteTable(settings: settings), origin: configuration.nodeName, clock: clock),
            publishTimeout: settings.publishTimeout
        )
        let redeliveries = settings.adoptRedelivered ? Redeliveries() : nil
        let runner = TaskRunner(payloads: payloads, effects: effects, clock: clock, logger: logger)
        let retryBudget =
            settings.taskRetryBudget.isEmpty
            ? nil : RetryBreaker(settings.taskRetryBudget, clock: clock, logger: logger)
        let completion = Completion(
            results: results,
            metas: metas,
            counters: counters,
            clock: clock,
            log: TaskLog(logger: logger),
            judge: OutcomeJudge(losses: LossLedger(limit: settings.maxLosses), budget: retryBudget, clock: clock),
            followUps: FollowUps(
                publisher: publisher,
                payloads: payloads,
                origin: configuration.nodeName,
                utcOffset: configuration.utcOffset,
                clock: clock,
                publishTimeout: settings.publishTimeout
            ),
            hooks: HookRunner(runner: runner, timeout: configuration.hookTimeout, logger: logger),
            redeliveries: redeliveries
        )
        let load = PoolLoad(configuration)
        let report = PoolReport(
            started: completion.started,
            softLimitPassed: completion.softLimitPassed,
            finished: load.reporting(completion.complete),
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
        let board = ControlBoard(retryBudget: retryBudget)
        let returns = Returns(giveBack: completion.giveBack)
        let admission = Admission(pool: pool, returns: returns, load: load)
        let prefetch = PrefetchControl(configuration, load.gate)
        let waitingRoom = WaitingRoom(clock: clock, countChanged: prefetch.hold, release: admission.due)
        var tasks: [String: Intake.AdmittedTask] = [:]
        for name in configuration.tasks.names {
            guard let task = configuration.tasks.task(named: name) else { continue }
            tasks[name] = .init(task: task, policy: TaskPolicy(options: task.options, settings: settings))
        }
        self.completion = completion
        self.pool = pool
        self.waitingRoom = waitingRoom
        self.board = board
        self.admission = admission
        self.returns = returns
        self.redeliveries = redeliveries
        self.prefetch = prefetch
        self.settings = settings
        self.logger = logger
        intake = Intake(
            tasks: tasks,
            defaultPolicy: TaskPolicy(options: TaskOptions(), settings: settings),
            payloads: payloads,
            hostname: configuration.nodeName,
            board: board,
            admission: admission,
            waitingRoom: waitingRoom,
            returns: returns,
            redeliveries: redeliveries,
            completion: completion,
            counters: counters,
            clock: clock,
            logger: logger
        )
    }
}

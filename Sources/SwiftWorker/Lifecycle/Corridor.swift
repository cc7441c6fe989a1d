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
    private let waitingRoom: WaitingRoom
    /// How far the broker may send ahead at the start.
    let prefetch: Int
    /// New sizes of that window.
    let prefetchChanges: AsyncStream<UInt16>

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
        let runner = TaskRunner(payloads: payloads, effects: effects, clock: clock, logger: logger)
        let completion = Completion(
            results: results,
            metas: metas,
            counters: counters,
            clock: clock,
            log: TaskLog(logger: logger),
            losses: LossLedger(limit: settings.maxLosses),
            hooks: HookRunner(runner: runner, timeout: configuration.hookTimeout, logger: logger)
        )
        let report = PoolReport(
            started: completion.started,
            softLimitPassed: completion.softLimitPassed,
            finished: completion.complete,
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
                    capacity: configuration.concurrency,
                    runner: runner,
                    report: report
                )
            }
        let window = PrefetchWindow(
            concurrency: configuration.concurrency,
            multiplier: settings.workerPrefetchMultiplier,
            limit: settings.workerETATaskLimit
        )
        let (changes, continuation) = AsyncStream.makeStream(of: UInt16.self, bufferingPolicy: .bufferingNewest(1))
        let resizing = Resizing(window, continuation)
        let waitingRoom = WaitingRoom(clock: clock, countChanged: resizing.hold) { requests in
            for request in requests where !pool.submit(request) { completion.giveBack(request) }
            pool.wake()
        }
        var tasks: [String: Intake.AdmittedTask] = [:]
        for name in configuration.tasks.names {
            guard let task = configuration.tasks.task(named: name) else { continue }
            tasks[name] = .init(task: task, policy: TaskPolicy(options: task.options, settings: settings))
        }
        self.completion = completion
        self.pool = pool
        self.waitingRoom = waitingRoom
        prefetch = window.base
        prefetchChanges = changes
        intake = Intake(
            tasks: tasks,
            defaultPolicy: TaskPolicy(options: TaskOptions(), settings: settings),
            payloads: payloads,
            hostname: configuration.nodeName,
            pool: pool,
            waitingRoom: waitingRoom,
            completion: completion,
            counters: counters,
            clock: clock,
            logger: logger
        )
    }

    /// Drops what has not started, because the connection it came from is gone: the broker delivers it again.
    func forgetUnstarted() {
        for request in pool.withdraw() + waitingRoom.removeAll() { completion.giveBack(request) }
    }

    /// Takes nothing more into the pool, and gives back what has not started.
    func giveBackUnstarted() {
        for request in waitingRoom.close() + pool.stop() { completion.giveBack(request) }
    }

    /// Waits until all running bodies have ended.
    func finishRunning() async {
        await pool.finish()
    }

    /// Cancels the running bodies; those that do not end within `grace` are completed as cancelled all the same.
    func cancelRunning(grace: Duration) async {
        pool.cancelRunning(.shutdown, grace: grace, where: { _ in true })
        try? await Task.sleep(for: grace)
        for request in pool.abandon() { completion.complete(request, .cancelled(.shutdown)) }
    }

    /// Keeps the prefetch window in step with the held tasks.
    private final class Resizing: Sendable {
        private let window: Lock<PrefetchWindow>
        private let changes: AsyncStream<UInt16>.Continuation

        init(_ window: PrefetchWindow, _ changes: AsyncStream<UInt16>.Continuation) {
            self.window = Lock(window)
            self.changes = changes
        }

        @Sendable func hold(_ count: Int) {
            if let size = window.withLock({ $0.hold(count) }) { changes.yield(size) }
        }
    }
}

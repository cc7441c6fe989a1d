import BrokerModel
import CeleryProtocol
import JSON
import Logging
public import ServiceLifecycle
import Synchronization

/// A worker: consumes queues, runs their tasks, stores results, settles deliveries.
///
/// One worker runs once. `run()` returns when the worker has shut down, or when its broker is lost for good. It is a
/// `Service`, so it can run in a group with others; a graceful shutdown of the group is a warm shutdown, a cancellation
/// a cold one.
public final class Worker: Sendable {
    /// What this worker counts.
    public let counters = WorkerCounters()
    let configuration: WorkerConfiguration
    let logger: Logger
    let shutdown: ShutdownController
    let corridor: Corridor
    let control: RemoteControl
    let events: WorkerEvents
    private let publisher: any BrokerPublisher
    let link: LinkReporter
    let monitor: HealthMonitor
    let metrics: WorkerMetrics?
    private let isReady = Atomic(false)
    private let isConnected = Atomic(false)

    /// Puts the worker together; nothing is started or connected yet.
    ///
    /// - Throws: `WorkerError` when two tasks share a name, so that nobody knew which to run, or settings contradict each
    ///   other.
    public init(_ configuration: WorkerConfiguration) throws(WorkerError) {
        try configuration.tasks.validate()
        self.configuration = configuration
        logger = configuration.logger
        shutdown = ShutdownController(isSoftFirst: configuration.settings.workerSoftShutdownTimeout > .zero)
        monitor = HealthMonitor(hasControlStore: configuration.controlStore != nil)
        link = LinkReporter(logger: logger, counters: counters, monitor: monitor)
        metrics = configuration.metrics.map {
            WorkerMetrics($0, settings: configuration.settings, clock: configuration.clock)
        }
        let plain = configuration.broker.makePublisher(observer: link.publisherEvent)
        publisher = metrics?.measuring(plain) ?? plain
        let limit = configuration.settings.maxAbandonedSlots
        let logical = LogicalClock()
        events = WorkerEvents(configuration, logical: logical, counters: counters, observer: link.eventsEvent)
        corridor = Corridor(
            configuration,
            publisher: publisher,
            link: link.publisher,
            counters: counters,
            events: events.dispatcher,
            metrics: metrics
        ) { [logger, shutdown] request, total in
            logger.critical(
                """
                Task \(request.task.name)[\(request.id)] does not end at its hard time limit and keeps its thread \
                (\(total) of \(limit) such threads that this worker bears)
                """
            )
            if total >= limit, let line = shutdown.requestReplacement() { logger.critical("\(line)") }
        } poolFailed: { [logger, shutdown] reason in
            logger.critical("The pool can't run anything: \(reason)")
            if let line = shutdown.requestReplacement() { logger.critical("\(line)") }
        }
        control = try RemoteControl(
            configuration,
            corridor: corridor,
            publisher: publisher,
            counters: counters,
            events: events.controlled,
            link: events.link,
            logical: logical,
            shutDown: { [shutdown, logger] in if let line = shutdown.request(.warm) { logger.warning("\(line)") } }
        )
    }

    /// Asks the worker to stop; returns at once.
    public func shutDown(_ kind: ShutdownKind) {
        if let line = shutdown.request(kind) { logger.warning("\(line)") }
    }

    /// Takes a signal of the process (Celery reference, 3.14).
    public func receive(_ signal: WorkerSignal) -> SignalResponse { shutdown.receive(signal) }

    /// Whether the program is to start once more, now that the worker has stopped: HUP asked for it.
    public var isRestartRequested: Bool { shutdown.isRestart }

    /// Runs the worker until it is shut down.
    ///
    /// - Returns: the exit code of the process.
    /// - Throws: when the control store can't be read, the pool can't start, or the broker can't be reached or refuses
    ///   for good.
    @discardableResult
    public func run() async throws -> Int32 {
        try await control.load(while: { shutdown.phase == .running })
        if configuration.purgesQueues, shutdown.phase == .running { try await purge() }
        if shutdown.phase != .running { return shutdown.exitCode }
        let consumer = configuration.broker.makeConsumer(
            queues: control.queues.begin(),
            prefetch: corridor.prefetch.initial,
            handler: corridor.intake,
            observer: { [self] in consumerEvent($0) }
        )
        try corridor.pool.start()
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: services(consumer).map(Self.part), logger: logger)
        )
        let stopping = Task { [shutdown] in
            await shutdown.wait(for: .warm)
            await group.triggerGracefulShutdown()
        }
        defer { stopping.cancel() }
        // A task of its own: whoever is cancelled, the parts stop one after the other.
        let running = Task { try await group.run() }
        let result = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await running.result
            } onGracefulShutdown: {
                self.shutDown(.warm)
            }
        } onCancel: {
            shutDown(.cold)
        }
        // What was kept to the end, of single active queues or because the consumers did not end, went back with the connection.
        corridor.returns.release()
        report()
        try result.get()
        return shutdown.exitCode
    }

    /// Deletes what waits in the queues, before anything is consumed. A shutdown ends the waiting for a broker.
    private func purge() async throws {
        let queues = configuration.queues.map(\.queue.name).sorted()
        let count = try await withThrowingTaskGroup(of: Int.self) { [configuration, link, shutdown] group in
            group.addTask {
                try await configuration.broker.withSession(retrying: link.purgeEvent) {
                    try await $0.purge(queues: queues)
                }
            }
            group.addTask {
                await shutdown.wait(for: .warm)
                return 0
            }
            defer { group.cancelAll() }
            return try await group.next() ?? 0
        }
        // Celery's words (its `apps/worker.py`).
        if count > 0 { logger.warning("purge: Erased \(count) \(count == 1 ? "message" : "messages") from the queue.") }
    }

    /// The worker's parts. They stop from last to first: no more messages, tasks finish, results are stored, settlements
    /// are sent, and at the end nobody publishes any more.
    private func services(_ consumer: any BrokerConsumer) -> [any Service] {
        let limits = configuration.shutdownLimits
        let remoteControl = control.service(observer: link.controlEvent, closeLimit: limits.closing)
        let singleActive = configuration.queues.filter(\.isSingleActive).map(\.queue.name)
        return configuration.makeServices(self) + (healthService(consumer).map { [$0] } ?? []) + [
            LinkService(
                name: "publisher",
                connection: publisher.run,
                close: publisher.close,
                closeLimit: limits.closing,
                shutdown: shutdown,
                logger: logger
            ),
            events.service(corridor),
        ] + (remoteControl.map { [$0] } ?? []) + [
            LinkService(
                name: "consumer",
                connection: consumer.run,
                close: { await consumer.close() },
                closeLimit: limits.closing,
                shutdown: shutdown,
                logger: logger
            ),
            CompletionService(
                completion: corridor.completion,
                limit: configuration.settings.publishTimeout + limits.storing,
                logger: logger
            ),
            PoolService(corridor: corridor, shutdown: shutdown, logger: logger),
            IntakeService(
                corridor: corridor,
                queues: control.queues,
                consumer: consumer,
                singleActive: Set(singleActive),
                stopLimit: limits.stopConsuming,
                logger: logger
            ),
        ]
    }

    private func healthService(_ consumer: any BrokerConsumer) -> HealthService? {
        guard configuration.isMonitored else { return nil }
        return HealthService(
            monitor: monitor,
            pool: corridor.pool,
            consumer: consumer,
            publisher: publisher,
            results: corridor.results,
            controlStore: configuration.controlStore
        )
    }

    /// A part that fails stops the others in their order.
    private static func part(_ service: any Service) -> ServiceGroupConfiguration.ServiceConfiguration {
        ServiceGroupConfiguration.ServiceConfiguration(
            service: service,
            failureTerminationBehavior: .gracefullyShutdownGroup
        )
    }

    private func consumerEvent(_ event: LinkEvent) {
        link.consumerEvent(event)
        switch event {
        case .connected: isConnected.store(true, ordering: .relaxed)
        case .disconnected:
            // Each failed attempt to connect again is told too.
            if isConnected.exchange(false, ordering: .relaxed) { corridor.connectionLost() }
        case .consuming:
            if !isReady.exchange(true, ordering: .relaxed) {
                logger.info("\(configuration.nodeName) ready.")
                configuration.whenReady()
                checkRoutes()
            } else {
                logger.info("consumer: Consuming again.")
                Task { [corridor] in await corridor.renewDelays() }
            }
        case .refusedQueue(let queue, _): control.queues.refused(queue)
        default: break
        }
    }

    /// Warns of tasks whose messages would wait for ever.
    private func checkRoutes() {
        let table = RouteTable(settings: configuration.settings)
        let consumed = Set(configuration.queues.map(\.queue.name))
        var routes: [String: [String]] = [:]
        for task in configuration.tasks.names {
            if let queue = table.queue(of: task) { routes[queue, default: []].append(task) }
        }
        let elsewhere = routes.filter { !consumed.contains($0.key) }.sorted { $0.key < $1.key }
        Task { [publisher, logger] in
            for (queue, tasks) in elsewhere {
                let consumers = try? await publisher.consumerCount(of: queue)
                if consumers ?? 0 > 0 { continue }
                logger.warning(
                    """
                    Nobody consumes the queue '\(queue)', where task_routes leads \(tasks.joined(separator: ", ")): \
                    messages for it would wait. Add the queue to -Q here or to another worker, or mend task_routes.
                    """
                )
            }
        }
    }

    private func report() {
        let report = DrainReport(counters, unfinished: corridor.completion.underWayCount)
        logger.log(level: report.lost == 0 ? .info : .critical, "\(report)")
    }
}

extension Worker: Service {
    /// Runs the worker in a group of services; its exit code is the group's affair.
    @_disfavoredOverload
    public func run() async throws {
        let _: Int32 = try await run()
    }
}

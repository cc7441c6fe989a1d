import BrokerModel
import CeleryProtocol
import JSON
import Logging
import Synchronization

/// A worker: consumes queues, runs their tasks, stores results, settles deliveries.
///
/// One worker runs once. `run()` returns when the worker has shut down, or when its broker is lost for good.
public final class Worker: Sendable {
    /// How long a cold shutdown waits for cancelled bodies; what then still runs is left behind with the process.
    static let cancellationGrace: Duration = .seconds(2)

    /// What this worker counts.
    public let counters = WorkerCounters()
    private let configuration: WorkerConfiguration
    private let logger: Logger
    private let shutdown = ShutdownController()
    private let corridor: Corridor
    private let publisher: any BrokerPublisher
    private let link: LinkReporter
    private let isReady = ReadyFlag()

    /// Puts the worker together; nothing is started or connected yet.
    ///
    /// - Throws: `WorkerError` when two tasks share a name, so that nobody knew which to run.
    public init(_ configuration: WorkerConfiguration) throws(WorkerError) {
        try configuration.tasks.validate()
        self.configuration = configuration
        logger = configuration.logger
        link = LinkReporter(logger: logger, counters: counters)
        publisher = configuration.broker.makePublisher(observer: link.publisherEvent)
        let limit = configuration.settings.maxAbandonedSlots
        corridor = Corridor(configuration, publisher: publisher, counters: counters) {
            [logger, shutdown] request, total in
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
    }

    /// Asks the worker to stop; returns at once.
    public func shutDown(_ kind: ShutdownKind) {
        if let line = shutdown.request(kind) { logger.warning("\(line)") }
    }

    /// Takes a signal of the process: TERM, INT or QUIT (Celery reference, 3.14).
    ///
    /// - Returns: the line to print, if the signal changes anything.
    public func receiveSignal(_ number: Int32) -> String? {
        switch number {
        case 15: shutdown.receive(.terminate)
        case 2: shutdown.receive(.interrupt)
        case 3: shutdown.receive(.quit)
        default: nil
        }
    }

    /// Runs the worker until it is shut down.
    ///
    /// - Returns: the exit code of the process.
    /// - Throws: when the pool can't start, or the broker can't be reached or refuses for good.
    public func run() async throws -> Int32 {
        let consumer = configuration.broker.makeConsumer(
            queues: configuration.queues,
            prefetch: UInt16(corridor.prefetch),
            handler: corridor.intake,
            observer: { [self] in consumerEvent($0) }
        )
        try corridor.pool.start()
        let failure = await serve(consumer)
        await stop(consumer)
        if let failure { throw failure }
        return shutdown.exitCode
    }

    /// Runs both connections until a shutdown is asked for.
    ///
    /// - Returns: the error that ended a connection for good, if one did.
    private func serve(_ consumer: any BrokerConsumer) async -> (any Error)? {
        let connections = Connections(consumer: consumer, publisher: publisher)
        connections.start { [shutdown] in _ = shutdown.request(.warm) }
        let resizing = Task { [corridor] in
            for await size in corridor.prefetchChanges { await consumer.setPrefetch(size) }
        }
        await shutdown.wait(for: .warm)
        resizing.cancel()
        return connections.failure
    }

    private func stop(_ consumer: any BrokerConsumer) async {
        await consumer.stopConsuming()
        corridor.giveBackUnstarted()
        let impatience = Task { [shutdown, corridor] in
            await shutdown.wait(for: .cold)
            if !Task.isCancelled { await corridor.cancelRunning(grace: Self.cancellationGrace) }
        }
        await corridor.finishRunning()
        impatience.cancel()
        await corridor.completion.drain()
        await publisher.close()
        await consumer.close()
        report()
    }

    private func consumerEvent(_ event: LinkEvent) {
        link.consumerEvent(event)
        switch event {
        case .disconnected: corridor.forgetUnstarted()
        case .consuming:
            if isReady.set() {
                logger.info("\(configuration.nodeName) ready.")
                checkRoutes()
            } else {
                logger.info("consumer: Consuming again.")
            }
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
        logger.info(
            """
            worker: stopped: \(counters.received.value) received: \(counters.succeeded.value) succeeded, \
            \(counters.failed.value) failed, \(counters.refused.value + counters.unregistered.value) refused, \
            \(counters.expired.value) expired, \(counters.ignored.value + counters.rejected.value) ignored or rejected, \
            \(counters.returned.value) returned, \
            \(counters.cancelled.value) cancelled, \(counters.connectionLost.value) settled too late, \
            \(counters.unstored.value) results not stored, \(counters.leaked.value) leaked
            """
        )
    }
}

/// Turns true once.
private final class ReadyFlag: Sendable {
    private let flag = Atomic(false)

    /// - Returns: whether this call turned it.
    func set() -> Bool { !flag.exchange(true, ordering: .acquiringAndReleasing) }
}

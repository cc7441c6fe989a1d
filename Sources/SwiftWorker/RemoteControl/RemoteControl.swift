import BrokerModel
import CeleryProtocol
import Logging
import OrderedCollections
import Synchronization

/// Remote control, put together: what takes commands, carries them out, keeps and answers them.
final class RemoteControl: Sendable {
    /// How long a worker waits for its control store at the start, and how long between two attempts.
    static let patience = (limit: Duration.seconds(30), pause: Duration.seconds(1))

    private let configuration: WorkerConfiguration
    private let corridor: Corridor
    private let publisher: any BrokerPublisher
    private let counters: WorkerCounters
    private let mailbox: ControlMailbox
    private let keeper: ControlKeeper
    /// The queues that the worker consumes.
    let queues: ConsumedQueues
    private var logger: Logger { configuration.logger }

    /// - Throws: `WorkerError` when the settings contradict each other.
    init(
        _ configuration: WorkerConfiguration,
        corridor: Corridor,
        publisher: any BrokerPublisher,
        counters: WorkerCounters
    ) throws(WorkerError) {
        mailbox = try ControlMailbox(configuration.settings)
        self.configuration = configuration
        self.corridor = corridor
        self.publisher = publisher
        self.counters = counters
        keeper = ControlKeeper(
            store: configuration.controlStore,
            node: configuration.nodeName,
            limits: configuration.controlLimits,
            counters: counters,
            logger: configuration.logger
        )
        queues = ConsumedQueues(
            configuration.queues.map { $0.withCompanions(configuration.settings) },
            board: corridor.board,
            logger: configuration.logger
        )
    }

    /// Puts into force what the control store has kept: before the first message, or a paused or revoked task would run.
    ///
    /// - Parameter isWanted: whether the worker is still to start.
    /// - Throws: `WorkerError` when the store can't be read. Without it the worker would not know what it must not run.
    func load(while isWanted: () -> Bool) async throws {
        let end = ContinuousClock.now + Self.patience.limit
        while isWanted() {
            do throws(ControlStoreError) {
                if let kept = try await keeper.load() { apply(kept) }
                return
            } catch {
                guard error.kind == .unavailable, .now < end else {
                    throw WorkerError(
                        .controlStore,
                        """
                        the control store can't be read, so revoked and paused tasks would run: \(error). Mend it, or \
                        start without swiftworker_control_url
                        """,
                        underlying: error
                    )
                }
                logger.warning("control: \(error); trying again in \(Self.patience.pause.numberText) s")
            }
            try await Task.sleep(for: Self.patience.pause)
        }
    }

    /// The part of the worker's life that takes commands; `nil` where they are switched off.
    func service(observer: @escaping @Sendable (LinkEvent) -> Void, closeLimit: Duration) -> ControlService? {
        guard configuration.settings.workerEnableRemoteControl else { return nil }
        let receiver = ControlReceiver()
        let replies = ControlReplies(node: configuration.nodeName, publisher: publisher, logger: logger)
        let hasConsumed = Atomic(false)
        let connection = ControlConnection(
            queue: mailbox.queue(of: configuration.nodeName),
            broker: configuration.broker,
            receiver: receiver,
            observer: { [keeper] event in
                observer(event)
                // What was sent meanwhile is lost: the queue went with its connection.
                if case .consuming = event, hasConsumed.exchange(true, ordering: .relaxed) { keeper.refresh() }
            },
            logger: logger
        )
        let panel = ControlPanel(
            node: configuration.nodeName,
            commands: commands,
            keeper: keeper,
            replies: replies,
            counters: counters,
            logger: logger
        )
        return ControlService(
            connection: connection,
            receiver: receiver,
            panel: panel,
            replies: replies,
            keeper: keeper,
            refreshed: { [self] in apply($0) },
            closeLimit: closeLimit,
            logger: logger
        )
    }

    private var commands: ControlCommands {
        ControlCommands(
            corridor: corridor,
            queues: queues,
            tasks: configuration.tasks,
            settings: configuration.settings,
            nodeName: configuration.nodeName,
            clock: configuration.clock,
            logger: logger
        )
    }

    private func apply(_ kept: ControlState) {
        corridor.board.restore(kept, at: .now)
        // Those of tasks that others have are nothing to us.
        for (task, text) in kept.rateLimits where configuration.tasks.task(named: task) != nil {
            corridor.admission.setRateLimit(of: task, to: (try? RateLimit.parse(text)) ?? nil)
        }
        corridor.discardRevoked()
        corridor.parkPaused()
        queues.pausesChanged()
        guard kept != ControlState() else { return }
        logger.info(
            """
            control: \(kept.revokedIDs.count) revoked tasks, \(kept.revokedStamps.count) revoked stamps, \
            \(kept.pauses.count) pauses and \(kept.rateLimits.count) changed rate limits are in force
            """
        )
    }
}

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
    private let events: EventDispatcher?
    private let link: EventLink
    private let logical: LogicalClock
    private let shutDown: @Sendable () -> Void
    private let startedAt = ContinuousClock.now
    /// The queues that the worker consumes.
    let queues: ConsumedQueues
    private var logger: Logger { configuration.logger }

    /// - Parameters:
    ///   - events: `nil` for a worker that is to send none.
    ///   - link: by which replies go: not by that of results, which a refused reply would hold up.
    /// - Throws: `WorkerError` when the settings contradict each other.
    init(
        _ configuration: WorkerConfiguration,
        corridor: Corridor,
        publisher: any BrokerPublisher,
        counters: WorkerCounters,
        events: EventDispatcher?,
        link: EventLink,
        logical: LogicalClock,
        shutDown: @escaping @Sendable () -> Void
    ) throws(WorkerError) {
        if let command = configuration.commands.first(where: { ControlCommand.names.contains($0.name) }) {
            throw WorkerError(.configuration, "'\(command.name)' is one of Celery's commands: give yours another name")
        }
        mailbox = try ControlMailbox(configuration.settings)
        self.configuration = configuration
        self.corridor = corridor
        self.publisher = publisher
        self.counters = counters
        self.events = events
        self.link = link
        self.logical = logical
        self.shutDown = shutDown
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
        let replies = ControlReplies(node: configuration.nodeName, link: link, logger: logger)
        let hasConsumed = Atomic(false)
        let mingle =
            configuration.settings.mingles
            ? Mingle(configuration, mailbox: mailbox, corridor: corridor, logical: logical, publisher: publisher) : nil
        let gossip = events.flatMap { events in
            configuration.settings.gossips
                ? Gossip(configuration, dispatcher: events, logical: logical, publisher: publisher) : nil
        }
        let (replyQueue, gossipQueue) = (mingle?.queue, gossip?.queue)
        var listeners: [String: @Sendable (IncomingMessage) -> Void] = [:]
        if let mingle, let replyQueue { listeners[replyQueue.queue.name] = { mingle.receive($0) } }
        if let gossip, let gossipQueue { listeners[gossipQueue.queue.name] = { gossip.receive($0) } }
        let connection = ControlConnection(
            queues: [mailbox.queue(of: configuration.nodeName)] + [replyQueue, gossipQueue].compactMap { $0 },
            broker: configuration.broker,
            receiver: receiver,
            observer: { [keeper] event in
                observer(event)
                guard case .consuming = event else { return }
                // What was sent meanwhile is lost: the queue went with its connection.
                if hasConsumed.exchange(true, ordering: .relaxed) { keeper.refresh() }
                mingle?.ask()
            },
            logger: logger
        )
        let panel = ControlPanel(
            node: configuration.nodeName,
            commands: commands(gossip),
            keeper: keeper,
            replies: replies,
            custom: Dictionary(configuration.commands.map { ($0.name, $0) }) { first, _ in first },
            listeners: listeners,
            logical: logical,
            counters: counters,
            logger: logger
        )
        return ControlService(
            connection: connection,
            receiver: receiver,
            panel: panel,
            replies: replies,
            keeper: keeper,
            mingle: mingle,
            gossip: gossip,
            refreshed: { [self] in apply($0) },
            closeLimit: closeLimit,
            logger: logger
        )
    }

    private func commands(_ gossip: Gossip?) -> ControlCommands {
        let statistics = WorkerStatistics(
            corridor: corridor,
            configuration: configuration,
            logical: logical,
            startedAt: startedAt
        )
        return ControlCommands(
            corridor: corridor,
            queues: queues,
            firstQueues: configuration.queues,
            tasks: configuration.tasks,
            settings: configuration.settings,
            nodeName: configuration.nodeName,
            clock: configuration.clock,
            inspection: WorkerInspection(
                corridor: corridor,
                queues: queues,
                configuration: configuration,
                logical: logical,
                statistics: statistics,
                payloads: PayloadDecoder(
                    accept: configuration.settings.acceptContent,
                    maxBytes: RequestInfo.maximumBody
                ),
                logger: logger
            ),
            events: events,
            gossip: gossip,
            shutDown: shutDown,
            logger: logger
        )
    }

    private func apply(_ kept: ControlState) {
        corridor.board.restore(kept, at: .now)
        // Those of tasks that others have are nothing to us.
        for (task, text) in kept.rateLimits where configuration.tasks.task(named: task) != nil {
            corridor.admission.setRateLimit(of: task, to: (try? RateLimit.parse(text)) ?? nil)
        }
        for (task, limits) in kept.timeLimits {
            guard let registered = configuration.tasks.task(named: task) else { continue }
            corridor.timeLimits.set(limits, of: registered, configuration.settings)
        }
        corridor.discardRevoked()
        corridor.parkPaused()
        queues.pausesChanged()
        guard kept != ControlState() else { return }
        logger.info(
            """
            control: \(kept.revokedIDs.count) revoked tasks, \(kept.revokedStamps.count) revoked stamps, \
            \(kept.pauses.count) pauses, \(kept.rateLimits.count) changed rate limits and \
            \(kept.timeLimits.count) changed time limits are in force
            """
        )
    }
}

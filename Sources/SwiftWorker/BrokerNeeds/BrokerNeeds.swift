public import BrokerModel
public import CeleryProtocol

/// What a worker relies on in its broker; pure, from its settings and tasks.
public struct BrokerNeeds: Sendable, Hashable {
    /// The consumed queues, each with all that is declared beside it.
    public var queues: [QueueTopology]
    /// The levels of the delay, which all queues share.
    public var delayLevels: [TopologyStep]
    /// Where the worker is reached by remote control: a queue that goes with its connection.
    public var mailbox: QueueTopology
    /// Where it replies.
    public var replyExchange: ExchangeDeclaration
    /// How long a delivery may stay unsettled at most.
    public var longestHold: LongestHold

    /// - Parameters:
    ///   - queues: what is consumed.
    ///   - nodeName: the worker's, after which its mailbox is named.
    public init(
        queues: [QueueTopology],
        settings: Settings,
        tasks: TaskRegistry,
        nodeName: String,
        mailbox: ControlMailbox = ControlMailbox()
    ) {
        self.queues = queues.map { queue in
            var queue = queue.withCompanions(settings)
            // What goes with its consumer gets nothing that was delayed.
            if !queue.queue.isExclusive, !queue.queue.isAutoDelete {
                queue.companions += DelayTopology.bindings(of: queue)
            }
            return queue
        }
        delayLevels = DelayTopology.steps(queueType: settings.brokerNativeDelayedDeliveryQueueType)
        self.mailbox = mailbox.queue(of: nodeName)
        replyExchange = mailbox.replyExchange
        longestHold = LongestHold(settings: settings, tasks: tasks)
    }

    /// All declarations, each once, in an order in which they can be made.
    public var steps: [TopologyStep] {
        var seen: Set<TopologyStep> = []
        return (delayLevels + queues.flatMap(\.steps)).filter { seen.insert($0).inserted }
    }
}

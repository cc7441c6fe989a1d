import BrokerModel

/// Which queues a link should consume, and with which consumers; pure.
struct WantedConsumers: Sendable, Hashable {
    /// How far a stop has come.
    enum Stop: Sendable, Hashable {
        case none
        /// All but those of single active queues.
        case ordinary
        case all
    }

    /// The queues to consume, in the order in which they came.
    private(set) var queues: [QueueTopology]
    /// Those that were added and have not been consumed yet: the broker may still refuse them, and the others go on.
    private(set) var onTrial: Set<String> = []
    /// How many unsettled deliveries the consumer of an ordinary queue may hold; 0 is no limit.
    var prefetch: UInt16
    var isPaused = false
    var stop = Stop.none
    /// Counts what `setPrefetch` asked for: each time the consumers are made anew, for their hold to be empty.
    private(set) var generation = 0

    init(queues: [QueueTopology], prefetch: UInt16) {
        self.queues = queues
        self.prefetch = prefetch
    }

    var queueNames: [String] { queues.map(\.queue.name) }

    mutating func add(_ topology: QueueTopology) {
        guard !queueNames.contains(topology.queue.name) else { return }
        queues.append(topology)
        onTrial.insert(topology.queue.name)
    }

    mutating func remove(_ queue: String) {
        queues.removeAll { $0.queue.name == queue }
        onTrial.remove(queue)
    }

    /// Takes note that these queues are consumed.
    mutating func proved(_ queues: some Sequence<String>) {
        if !onTrial.isEmpty { onTrial.subtract(queues) }
    }

    /// Forgets a queue that the broker refused, if it is on trial.
    ///
    /// - Returns: whether it was; a refusal of any other queue is an operator's mistake that must not be hidden.
    mutating func refuse(_ queue: String) -> Bool {
        guard onTrial.contains(queue) else { return false }
        remove(queue)
        return true
    }

    mutating func setPrefetch(_ count: UInt16) {
        prefetch = count
        isPaused = false
        generation += 1
    }

    mutating func stop(keepsSingleActive: Bool) {
        if stop != .all { stop = keepsSingleActive ? .ordinary : .all }
    }

    /// Whether a queue should have a consumer.
    func wants(_ topology: QueueTopology) -> Bool {
        switch stop {
        case .all: false
        case .ordinary: topology.isSingleActive
        case .none: topology.isSingleActive || !isPaused
        }
    }

    /// The consumer that a queue should have. The one of a single active queue is never made anew: between the two
    /// the broker would hand the queue to another machine.
    func consumer(of topology: QueueTopology) -> Shape? {
        guard wants(topology) else { return nil }
        return topology.isSingleActive
            ? Shape(prefetch: 1, generation: 0) : Shape(prefetch: prefetch, generation: generation)
    }

    /// The order in which consumers are made. Single active queues first: the prefetch that is set last decides how
    /// settlements are gathered. Each time another of the others begins, or the first would take every free slot of a
    /// worker that consumes only while it has one.
    var order: [QueueTopology] {
        let ordinary = queues.filter { !$0.isSingleActive }
        guard !ordinary.isEmpty else { return queues }
        let first = generation % ordinary.count
        return queues.filter(\.isSingleActive) + ordinary[first...] + ordinary[..<first]
    }

    /// What tells one consumer of a queue from the next.
    struct Shape: Sendable, Hashable {
        let prefetch: UInt16
        let generation: Int
    }
}

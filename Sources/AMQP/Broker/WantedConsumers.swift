import BrokerModel

/// Which consumers a link should have; pure.
struct WantedConsumers: Sendable, Hashable {
    /// How far a stop has come.
    enum Stop: Sendable, Hashable {
        case none
        /// All but those of single active queues.
        case ordinary
        case all
    }

    /// How many unsettled deliveries the consumer of an ordinary queue may hold; 0 is no limit.
    var prefetch: UInt16
    var isPaused = false
    var stop = Stop.none
    /// Counts what `setPrefetch` asked for: each time the consumers are made anew, for their hold to be empty.
    private(set) var generation = 0

    init(prefetch: UInt16) {
        self.prefetch = prefetch
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
    func order(_ queues: [QueueTopology]) -> [QueueTopology] {
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

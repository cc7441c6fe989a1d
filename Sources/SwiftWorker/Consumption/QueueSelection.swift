import BrokerModel

/// Which queues a worker is to consume: those that it began with, without those cancelled, with those added; pure.
struct QueueSelection: Sendable {
    /// In the order in which they came.
    private(set) var selected: [QueueTopology]
    /// Those that have a consumer, or are about to.
    private(set) var consumed: Set<String> = []
    /// Those that were cancelled, until their consumers are removed.
    private var cancelled: [String: QueueTopology] = [:]

    /// What has to be done for the consumers to be those that are wanted.
    struct Change: Sendable, Hashable {
        var add: [QueueTopology] = []
        var remove: [Removal] = []
    }

    struct Removal: Sendable, Hashable {
        let queue: String
        let isPause: Bool
        let isSingleActive: Bool

        /// Whether what was received of it and has not started goes back, too. A queue that is merely cancelled keeps its
        /// messages here, as in Celery; of a single active queue the next worker would run others beside them.
        var returnsUnstarted: Bool { isPause || isSingleActive }
    }

    init(_ queues: [QueueTopology]) { selected = queues }

    /// - Returns: `false` when it is selected already.
    mutating func add(_ queue: QueueTopology) -> Bool {
        if find(queue.queue.name) != nil { return false }
        selected.append(queue)
        return true
    }

    mutating func cancel(_ queue: String) {
        if let index = find(queue) { cancelled[queue] = selected.remove(at: index) }
    }

    /// A queue can't be consumed.
    mutating func forget(_ queue: String) {
        selected.removeAll { $0.queue.name == queue }
        consumed.remove(queue)
    }

    /// Those to begin with. They are consumed from here on.
    mutating func begin(isClosed: (String) -> Bool) -> [QueueTopology] { follow(isClosed: isClosed).add }

    /// Notes as consumed what is wanted now, and says what that takes.
    ///
    /// - Parameter isClosed: whether a queue is paused, or still has the consumer that it is to lose.
    mutating func follow(isClosed: (String) -> Bool) -> Change {
        var change = Change()
        for queue in selected {
            let name = queue.queue.name
            switch (isClosed(name), consumed.contains(name)) {
            case (false, false):
                consumed.insert(name)
                change.add.append(queue)
            case (true, true): change.remove.append(removal(of: queue, isPause: true))
            default: break
            }
        }
        for (name, queue) in cancelled.sorted(by: { $0.key < $1.key })
        where find(name) == nil && consumed.contains(name) {
            change.remove.append(removal(of: queue, isPause: false))
        }
        cancelled = [:]
        for removal in change.remove { consumed.remove(removal.queue) }
        return change
    }

    private func removal(of queue: QueueTopology, isPause: Bool) -> Removal {
        Removal(queue: queue.queue.name, isPause: isPause, isSingleActive: queue.isSingleActive)
    }

    private func find(_ name: String) -> Int? { selected.firstIndex { $0.queue.name == name } }
}

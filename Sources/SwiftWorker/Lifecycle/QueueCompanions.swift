import BrokerModel

extension QueueTopology {
    /// The queue with what the worker declares beside it: its dead-letter queue.
    func withCompanions(_ settings: Settings) -> QueueTopology {
        var topology = self
        if settings.deadLetters,
            let dead = DeadLetterTopology.topology(of: queue.name, isQuorum: settings.usesQuorumDeadLetters)
        {
            topology.companions += dead.steps
        }
        return topology
    }
}

extension Settings {
    /// Whether dead-letter queues that are not there yet become quorum queues.
    var usesQuorumDeadLetters: Bool { deadLetterQueueType == "quorum" }
}

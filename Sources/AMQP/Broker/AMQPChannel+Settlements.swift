import BrokerModel

extension AMQPChannel {
    /// Waits until the broker has done what the settlements say that were sent on this channel. For a quorum queue it passes
    /// on some thirty at a time, and forgets the rest when the channel is closed (seen with 3.10.8, 4.0.5 and 4.3.6): the
    /// messages would come back. A queue's `basic.get` is answered behind all of them; what it takes goes back.
    func finishSettlements(of queues: some Sequence<String>) async {
        for queue in queues where link.isOpen {
            guard let received = try? await get(queue) else { continue }
            received.settle(.requeue)
        }
    }
}

extension QueueTopology {
    /// Whether it may be a quorum queue that a message can be taken from by `basic.get`, which is refused of single active
    /// ones. A queue that is declared without a type has the one of its virtual host.
    var mayForgetSettlements: Bool {
        guard queue.isDurable, !queue.isExclusive, !queue.isAutoDelete, !isSingleActive else { return false }
        return queue.arguments["x-queue-type"].map { $0 == .string("quorum") } ?? true
    }
}

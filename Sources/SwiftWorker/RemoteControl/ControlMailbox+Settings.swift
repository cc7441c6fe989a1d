public import CeleryProtocol

extension ControlMailbox {
    /// The mailbox that the settings describe.
    ///
    /// - Throws: `WorkerError` for queues that are to be exclusive and durable: the broker deletes exclusive ones.
    public init(_ settings: Settings) throws(WorkerError) {
        guard !(settings.controlQueueExclusive && settings.controlQueueDurable) else {
            throw WorkerError(
                .configuration,
                "control_queue_exclusive and control_queue_durable can't both be true: set one of them to false"
            )
        }
        self.init()
        namespace = settings.controlExchange
        isExclusive = settings.controlQueueExclusive
        isDurable = settings.controlQueueDurable
        messageTTL = settings.controlQueueTTL
        expires = settings.controlQueueExpires
    }
}

extension QueueCatalogue {
    /// The settings that decide how queues are declared, with Celery's names in camel case and its defaults.
    public struct Options: Sendable, Hashable {
        /// `task_default_queue`
        public var defaultQueue = "celery"
        /// `task_default_exchange`; `nil` is the default queue's name.
        public var defaultExchange: String?
        /// `task_default_exchange_type`
        public var defaultExchangeType = "direct"
        /// `task_default_routing_key`; `nil` is the default queue's name.
        public var defaultRoutingKey: String?
        /// `task_default_queue_type`: `classic` or `quorum`.
        public var defaultQueueType = "classic"
        /// `task_create_missing_queues`
        public var createsMissing = true
        /// `task_create_missing_queue_type`: `classic` or `quorum`.
        public var missingQueueType = "classic"
        /// `task_create_missing_queue_exchange_type`; `nil` is `direct`.
        public var missingExchangeType: String?
        /// `task_queue_max_priority`, for queues without one of their own.
        public var maxPriority: Int?
        /// `task_queues`; empty is just the default queue.
        public var queues: [QueueDefinition] = []

        public init() {}
    }
}

extension SettingDefinition {
    static let events: [SettingDefinition] = [
        .supported(
            "worker_send_task_events",
            \.workerSendTaskEvents,
            .boolean,
            "Whether monitors are told of each task, as with -E; the command enable_events turns it on, too."
        ),
        .supported(
            "task_send_sent_event",
            \.taskSendSentEvent,
            .boolean,
            "Whether monitors are told of the tasks that this worker's tasks publish."
        ),
        .supported("event_exchange", \.eventExchange, .string, "The exchange that events go to."),
        .supported("event_queue_prefix", \.eventQueuePrefix, .string, "How the queues of those who listen begin."),
        .supported(
            "event_queue_ttl",
            \.eventQueueTTL,
            orNull: .seconds,
            "Seconds that an event waits in such a queue; null is for ever."
        ),
        .supported(
            "event_queue_expires",
            \.eventQueueExpires,
            orNull: .seconds,
            "Seconds until such a queue goes when nobody listens; null is never."
        ),
        .supported("event_queue_exclusive", \.eventQueueExclusive, .boolean, "Whether such queues are exclusive."),
        .supported(
            "event_queue_durable",
            \.eventQueueDurable,
            .boolean,
            "Whether such queues are durable; not together with event_queue_exclusive."
        ),
        .refused("event_serializer", "json", "events are written as JSON, which all monitors read"),
        .supported(
            "swiftworker_event_sampling",
            \.eventSampling,
            .eventSampling,
            "Of which share of tasks events are sent, by task pattern: {tasks.poll_*: 0.01}; else of all."
        ),
        .supported(
            "swiftworker_event_buffer",
            \.eventBuffer,
            .integer(1...10_000_000),
            "How many events may wait for the broker; beyond that the oldest are dropped."
        ),
    ]
}

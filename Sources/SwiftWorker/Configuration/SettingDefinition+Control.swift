extension SettingDefinition {
    static let control: [SettingDefinition] = [
        .supported(
            "worker_enable_remote_control",
            \.workerEnableRemoteControl,
            .boolean,
            "Whether the worker takes commands such as revoke and ping."
        ),
        .supported(
            "control_exchange",
            \.controlExchange,
            .string,
            "The first part of the names of remote control's exchanges and queues."
        ),
        .supported(
            "control_queue_ttl",
            \.controlQueueTTL,
            orNull: .seconds,
            "Seconds that a command waits to be read; null is for ever."
        ),
        .supported(
            "control_queue_expires",
            \.controlQueueExpires,
            orNull: .seconds,
            "Seconds until an unused queue of remote control goes; null is never."
        ),
        .supported(
            "control_queue_exclusive",
            \.controlQueueExclusive,
            .boolean,
            "Whether such queues are exclusive: as the other programs of a node name have it."
        ),
        .supported(
            "control_queue_durable",
            \.controlQueueDurable,
            .boolean,
            "Whether such queues are durable; not together with control_queue_exclusive."
        ),
        .supported(
            "worker_state_db",
            \.workerStateDB,
            orNull: .string,
            "The file in which one worker keeps revokes, pauses and changed rate limits; null is in memory only."
        ),
        .supported(
            "swiftworker_control_url",
            \.controlURL,
            orNull: .databaseURL,
            "The PostgreSQL database that keeps revokes, pauses and changed rate limits; null is in memory only."
        ),
    ]
}

import ArgumentParser

/// Options about what runs beside the tasks.
struct FeatureOptions: ParsableArguments {
    @Flag(help: "Takes no part in elections of workers.")
    var withoutGossip = false

    @Flag(help: "Does not ask the other workers at the start which tasks are revoked.")
    var withoutMingle = false

    @Flag(help: "Sends no event heartbeats. AMQP heartbeats are broker_heartbeat.")
    var withoutHeartbeat = false

    @Option(help: ArgumentHelp("Seconds between event heartbeats. (default: 2)", valueName: "seconds"))
    var heartbeatInterval: String?

    @Option(help: ArgumentHelp("Grows and shrinks the pool with the load.", valueName: "max,min"))
    var autoscale: String?

    @Flag(name: [.customShort("B"), .long], help: "Later version: runs beat inside the worker.")
    var beat = false

    @Option(
        name: [
            .customShort("s", allowingJoined: true), .customLong("schedule-filename"), .customLong("schedule"),
        ],
        help: ArgumentHelp("Later version: beat's file.", valueName: "path")
    )
    var scheduleFilename: String?

    @Option(help: ArgumentHelp("Later version: beat's kind.", valueName: "name"))
    var scheduler: String?
}

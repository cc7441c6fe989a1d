import ArgumentParser

/// Options about what runs beside the tasks.
struct FeatureOptions: ParsableArguments {
    @Flag(help: "Taken: there is no gossip yet.")
    var withoutGossip = false

    @Flag(help: "Taken: there is no mingling yet.")
    var withoutMingle = false

    @Flag(help: "Taken: there are no event heartbeats yet. AMQP heartbeats are broker_heartbeat.")
    var withoutHeartbeat = false

    @Option(help: ArgumentHelp("Later version: seconds between event heartbeats.", valueName: "seconds"))
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

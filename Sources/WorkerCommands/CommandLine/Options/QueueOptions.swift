import ArgumentParser

/// Options about which messages a worker takes.
struct QueueOptions: ParsableArguments {
    @Option(
        name: [.customShort("Q", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The queues to consume, separated by commas. (default: all of task_queues, else 'celery')",
            valueName: "names"
        )
    )
    var queues: String?

    @Option(
        name: [.customShort("X", allowingJoined: true), .long],
        help: ArgumentHelp("Queues to leave out, separated by commas.", valueName: "names")
    )
    var excludeQueues: String?

    @Option(
        name: [.customShort("I", allowingJoined: true), .long],
        help: ArgumentHelp("Taken and ignored: tasks are compiled in.", valueName: "modules")
    )
    var include: String?

    @Flag(
        name: [.customLong("purge"), .customLong("discard")],
        help: "Deletes all waiting messages of the queues before it starts; does not ask, and there is no undo."
    )
    var purge = false
}

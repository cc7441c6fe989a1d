import ArgumentParser

/// Options about the worker itself.
struct NodeOptions: ParsableArguments {
    @Option(
        name: [.customShort("n", allowingJoined: true), .long],
        help: ArgumentHelp(
            """
            The node's name, 'name@host'; without '@' it is the host. Expands %h (host name), %n (its first part) and \
            %d (its domain). (default: celery@%h)
            """,
            valueName: "name"
        )
    )
    var hostname: String?

    @Flag(name: [.customShort("D"), .long], help: "Starts the worker in the background.")
    var detach = false

    @Option(
        name: [.customShort("l", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The least level that is logged, in upper or lower case. (default: WARNING)",
            valueName: "level"
        )
    )
    var loglevel: LogLevel?

    @Option(
        help: ArgumentHelp("How log lines are written: text (as Celery) or json. (default: text)", valueName: "format")
    )
    var logFormat: String?

    @Option(
        help: ArgumentHelp("Messages fetched ahead per slot; 0 is no limit. (default: 4)", valueName: "number")
    )
    var prefetchMultiplier: String?

    @Option(
        name: [.customShort("O", allowingJoined: true), .long],
        help: ArgumentHelp(
            "default or fair; a slot only ever takes a task when idle, which is both.",
            valueName: "profile"
        )
    )
    var optimization: String?

    @Option(
        name: [.customShort("S", allowingJoined: true), .long],
        help: ArgumentHelp(
            "The file that keeps revokes, pauses and changed rate limits over a restart.",
            valueName: "path"
        )
    )
    var statedb: String?

    @Flag(help: "Fetches nothing ahead: holds no more messages than slots are free.")
    var disablePrefetch = false
}

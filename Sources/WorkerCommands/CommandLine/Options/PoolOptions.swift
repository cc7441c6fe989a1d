import ArgumentParser

/// Options about how tasks run.
struct PoolOptions: ParsableArguments {
    @Option(
        name: [.customShort("c", allowingJoined: true), .long],
        help: ArgumentHelp(
            "How many tasks run at once; 'auto' is the CPUs that the process may use. (default: the CPUs)",
            valueName: "number"
        )
    )
    var concurrency: String?

    @Option(
        name: [.customShort("P", allowingJoined: true), .long],
        help: ArgumentHelp(
            """
            threads or solo; gevent and eventlet are taken as threads. prefork (or processes), the default, comes with \
            the next version.
            """,
            valueName: "pool"
        )
    )
    var pool: String?

    @Flag(
        name: [.customShort("E"), .customLong("task-events"), .customLong("events")],
        help: "Later version: sends events for monitors."
    )
    var taskEvents = false

    @Option(help: ArgumentHelp("Later version: kills a task after so many seconds.", valueName: "seconds"))
    var timeLimit: String?

    @Option(help: ArgumentHelp("Later version: cancels a task after so many seconds.", valueName: "seconds"))
    var softTimeLimit: String?

    @Option(help: ArgumentHelp("Later version: replaces a child process after so many tasks.", valueName: "number"))
    var maxTasksPerChild: String?

    @Option(help: ArgumentHelp("Later version: replaces a child process beyond so much memory.", valueName: "KiB"))
    var maxMemoryPerChild: String?

    @Option(help: ArgumentHelp("Taken and ignored: child processes are always fresh.", valueName: "method"))
    var poolStartMethod: String?
}

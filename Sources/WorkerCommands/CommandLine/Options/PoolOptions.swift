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
            prefork (or processes): each task in a child process, so that a crash or a hard limit takes only it along; \
            threads: each on a thread, for tasks that wait; solo: one at a time. gevent and eventlet are taken as \
            threads. (default: prefork)
            """,
            valueName: "pool"
        )
    )
    var pool: String?

    @Flag(
        name: [.customShort("E"), .customLong("task-events"), .customLong("events")],
        help: "Tells monitors of each task."
    )
    var taskEvents = false

    @Option(
        help: ArgumentHelp(
            """
            Ends a task by force after so many seconds, unless the message, the task or task_time_limit says otherwise: \
            its process is killed, or its thread given up.
            """,
            valueName: "seconds"
        )
    )
    var timeLimit: String?

    @Option(
        help: ArgumentHelp(
            "Cancels a task after so many seconds, in the same order; it may clean up until the time limit.",
            valueName: "seconds"
        )
    )
    var softTimeLimit: String?

    @Option(
        help: ArgumentHelp(
            "Replaces a child process after so many tasks; the next one is started before. (default: never)",
            valueName: "number"
        )
    )
    var maxTasksPerChild: String?

    @Option(
        help: ArgumentHelp(
            "Replaces a child process that has more resident memory after a task. (default: never)",
            valueName: "KiB"
        )
    )
    var maxMemoryPerChild: String?

    @Option(help: ArgumentHelp("Taken and ignored: child processes are always fresh.", valueName: "method"))
    var poolStartMethod: String?
}

import ArgumentParser

/// `swiftworker worker`.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker",
        abstract: "Consumes queues and runs their tasks.",
        discussion: """
            Options are those of 'celery worker'; each can also be given as $CELERY_WORKER_<OPTION>. Settings come \
            from defaults, the configuration file, the environment and options, each over the last; 'swiftworker \
            config' shows them. Settings may also follow as 'worker.prefetch_multiplier=1'.

            Examples:
              \(RootCommand.name) worker -Q processing_cpu -P threads -c 3 -l INFO
              \(RootCommand.name) worker -Q async_operations -P threads -c 20 -n async@%h
              \(RootCommand.name) worker -P solo -D -f logs/%n.log --pidfile .run/%n.pid

            Signals: TERM and the first INT let running tasks finish (warm); QUIT and the second INT cancel them \
            (cold), and one more ends the process at once; HUP restarts a worker that has no terminal; USR1 writes \
            what the worker does to the log. Exit codes: 0 stopped by TERM or QUIT, 1 by INT or start failed, 2 wrong command line, 73 the \
            pid file is another worker's.
            """
    )

    @OptionGroup(title: "Worker Options") var node: NodeOptions
    @OptionGroup(title: "Pool Options") var pool: PoolOptions
    @OptionGroup(title: "Queue Options") var queues: QueueOptions
    @OptionGroup(title: "Features") var features: FeatureOptions
    @OptionGroup(title: "Daemonization Options") var daemon: DaemonOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Settings that win over all others, as 'worker.concurrency=3'.", valueName: "setting=value")
    )
    var overrides: [String] = []
}

import Logging

extension ProcessPool.Options {
    /// The children that a worker's settings ask for: fresh starts of this program.
    init(_ configuration: WorkerConfiguration) {
        let settings = configuration.settings
        self.init(
            capacity: configuration.initialSlots,
            executable: configuration.childExecutable,
            programName: CommandLine.arguments.first ?? "swiftworker",
            child: ChildSettings(
                hostname: configuration.nodeName,
                acceptContent: settings.acceptContent,
                messageMaxBytes: min(settings.messageMaxBytes, FrameLimits.body),
                logLevel: configuration.logger.logLevel,
                defaultQueue: settings.taskDefaultQueue,
                routes: settings.taskRoutes
            ),
            times: ChildLife.Times(
                start: settings.workerProcAliveTimeout > .zero ? settings.workerProcAliveTimeout : nil,
                heartbeat: settings.childHeartbeat > .zero ? settings.childHeartbeat : nil
            ),
            maxTasks: settings.workerMaxTasksPerChild,
            maxMemory: settings.workerMaxMemoryPerChild,
            memoryLimit: settings.childMemoryLimit,
            redirectsOutput: settings.workerRedirectStdouts,
            outputLevel: Self.level(settings.workerRedirectStdoutsLevel)
        )
    }

    /// Python's names of levels.
    private static func level(_ name: String) -> Logger.Level {
        switch name {
        case "DEBUG": .debug
        case "INFO": .info
        case "ERROR": .error
        case "CRITICAL": .critical
        default: .warning
        }
    }
}

import BrokerModel
import CeleryProtocol
import SwiftWorker

/// What options and settings amount to, before anything is opened or started.
struct WorkerPlan {
    let effective: EffectiveSettings
    /// The settings in force, with the limits of the command line, which are no settings of Celery's.
    let settings: Settings
    let naming: NodeNaming
    let queues: [QueueTopology]
    let results: ResultBackend
    let level: LogLevel
    let logFile: String?
    let pidFile: String?
    let utcOffset: @Sendable (Instant) -> Int
    /// `AUTOSCALE_KEEPALIVE`: how long the load must be low before the pool shrinks.
    let autoscaleKeepalive: Duration

    /// - Throws: `SettingsError`.
    init(
        _ command: WorkerCommand,
        _ effective: EffectiveSettings,
        _ environment: [String: String] = [:],
        hostName: String
    ) throws {
        self.effective = effective
        autoscaleKeepalive = try Self.keepalive(environment)
        var settings = effective.settings
        settings.workerTimeLimit = try Self.limit(command.pool.timeLimit, "--time-limit")
        settings.workerSoftTimeLimit = try Self.limit(command.pool.softTimeLimit, "--soft-time-limit")
        self.settings = settings
        naming = try NodeNaming(option: command.node.hostname, hostName: hostName)
        queues = try QueuePlan(
            settings: settings,
            selecting: commaSeparated(command.queues.queues ?? ""),
            excluding: commaSeparated(command.queues.excludeQueues ?? ""),
            nodeName: naming.nodeName
        ).consumed
        results = try ResultBackend(url: settings.resultBackend, source: effective.source(of: "result_backend"))
        level = command.node.loglevel ?? .warning
        let naming = naming
        logFile = try settings.workerLogFile.map {
            try naming.expand($0, source: effective.source(of: "worker_logfile"))
        }
        pidFile = try settings.workerPIDFile.map {
            try naming.expand($0, source: effective.source(of: "worker_pidfile"))
        }
        utcOffset = try TimeZoneOffsets.of(settings, source: effective.source(of: "timezone"))
    }

    private static func keepalive(_ environment: [String: String]) throws(SettingsError) -> Duration {
        let name = "AUTOSCALE_KEEPALIVE"
        guard let text = environment[name], !text.isEmpty else { return .seconds(30) }
        guard let seconds = Double(text), seconds >= 0, seconds < 1e9 else {
            throw SettingsError(
                .invalidValue,
                "expected seconds, found '\(text)'",
                source: .environment(name)
            )
        }
        return .seconds(seconds)
    }

    /// A time limit in seconds; zero is none, as in Celery.
    private static func limit(_ text: String?, _ option: String) throws(SettingsError) -> Duration? {
        guard let text else { return nil }
        guard let seconds = Double(text), seconds >= 0, seconds < 3_153_600_000 else {
            throw SettingsError(
                .invalidValue,
                "expected a number of seconds, found '\(text)'",
                source: .flag(option)
            )
        }
        return seconds > 0 ? .seconds(seconds) : nil
    }
}

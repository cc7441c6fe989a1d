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
    let stateFile: String?
    let healthAddress: HealthAddress?
    let utcOffset: @Sendable (Instant) -> Int
    /// `AUTOSCALE_KEEPALIVE`: how long the load must be low before the pool shrinks.
    let autoscaleKeepalive: Duration
    /// `CELERY_WORKER_REVOKES_MAX` and `CELERY_WORKER_REVOKE_EXPIRES`.
    let controlLimits: ControlLimits

    /// - Throws: `SettingsError`.
    init(
        _ command: WorkerCommand,
        _ effective: EffectiveSettings,
        _ environment: [String: String] = [:],
        hostName: String
    ) throws {
        self.effective = effective
        autoscaleKeepalive = try Self.seconds("AUTOSCALE_KEEPALIVE", in: environment) ?? .seconds(30)
        controlLimits = try Self.controlLimits(environment)
        var settings = effective.settings
        settings.workerTimeLimit = try Self.limit(command.pool.timeLimit, "--time-limit")
        settings.workerSoftTimeLimit = try Self.limit(command.pool.softTimeLimit, "--soft-time-limit")
        settings.eventHeartbeat = try Self.heartbeat(command.features)
        settings.mingles = !command.features.withoutMingle
        settings.gossips = !command.features.withoutGossip
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
        stateFile = try settings.workerStateDB.map {
            try naming.expand($0, source: effective.source(of: "worker_state_db"))
        }
        healthAddress = try settings.healthAddress.map {
            try naming.expand($0, source: effective.source(of: "swiftworker_health_address"))
        }
        utcOffset = try TimeZoneOffsets.of(settings, source: effective.source(of: "timezone"))
    }

    private static func controlLimits(_ environment: [String: String]) throws(SettingsError) -> ControlLimits {
        var limits = ControlLimits()
        if let expiry = try seconds("CELERY_WORKER_REVOKE_EXPIRES", in: environment) { limits.revokedExpiry = expiry }
        let name = "CELERY_WORKER_REVOKES_MAX"
        guard let text = environment[name], !text.isEmpty else { return limits }
        guard let count = Int(text), (1...10_000_000).contains(count) else {
            throw SettingsError(.invalidValue, "expected a number from 1, found '\(text)'", source: .environment(name))
        }
        limits.revokedIDs = count
        return limits
    }

    private static func seconds(
        _ name: String,
        in environment: [String: String]
    ) throws(SettingsError) -> Duration? {
        guard let text = environment[name], !text.isEmpty else { return nil }
        guard let seconds = Double(text), seconds >= 0, seconds < 1e9 else {
            throw SettingsError(
                .invalidValue,
                "expected seconds, found '\(text)'",
                source: .environment(name)
            )
        }
        return .seconds(seconds)
    }

    private static func heartbeat(_ options: FeatureOptions) throws(SettingsError) -> Duration? {
        if options.withoutHeartbeat { return nil }
        guard let text = options.heartbeatInterval else { return .seconds(2) }
        guard let seconds = Double(text), (0.1...86_400).contains(seconds) else {
            throw SettingsError(
                .invalidValue,
                "expected seconds from 0.1 on, found '\(text)'",
                source: .flag("--heartbeat-interval")
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

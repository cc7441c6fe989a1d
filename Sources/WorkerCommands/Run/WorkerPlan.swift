import BrokerModel
import CeleryProtocol
import SwiftWorker

/// What options and settings amount to, before anything is opened or started.
struct WorkerPlan {
    let effective: EffectiveSettings
    let naming: NodeNaming
    let queues: [QueueTopology]
    let results: ResultBackend
    let level: LogLevel
    let logFile: String?
    let pidFile: String?
    let utcOffset: @Sendable (Instant) -> Int
    /// `AUTOSCALE_KEEPALIVE`: how long the load must be low before the pool shrinks.
    let autoscaleKeepalive: Duration

    var settings: Settings { effective.settings }

    /// - Throws: `SettingsError`.
    init(
        _ command: WorkerCommand,
        _ effective: EffectiveSettings,
        _ environment: [String: String] = [:],
        hostName: String
    ) throws {
        self.effective = effective
        autoscaleKeepalive = try Self.keepalive(environment)
        let settings = effective.settings
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
}

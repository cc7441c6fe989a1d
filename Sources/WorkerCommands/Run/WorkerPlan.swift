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

    var settings: Settings { effective.settings }

    /// - Throws: `SettingsError`.
    init(_ command: WorkerCommand, _ effective: EffectiveSettings, hostName: String) throws {
        self.effective = effective
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
}

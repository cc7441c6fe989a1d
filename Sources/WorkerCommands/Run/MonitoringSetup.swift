import CoreMetrics
import Monitoring
import PrometheusMetrics
import SwiftWorker

/// Has a worker measured, and its health and metrics served.
enum MonitoringSetup {
    static func serve(on address: HealthAddress, _ configuration: inout WorkerConfiguration) {
        let help = Dictionary(uniqueKeysWithValues: MetricName.allCases.map { ($0.rawValue, $0.help) })
        let registry = PrometheusRegistry(help: help)
        // For the tasks' own metrics, where they run in this process.
        MetricsSystem.bootstrap(registry)
        configuration.metrics = registry
        configuration.isMonitored = true
        configuration.makeServices = { [logger = configuration.logger] worker in
            [MonitoringService(address: address, worker: worker, metrics: registry.render, logger: logger)]
        }
    }
}

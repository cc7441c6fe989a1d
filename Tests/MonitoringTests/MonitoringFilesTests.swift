import Foundation
import SwiftWorker
import Testing

/// The files of config/monitoring speak of metrics that there are.
struct MonitoringFilesTests {
    /// Those of RabbitMQ's plugin rabbitmq_prometheus, and Prometheus' own.
    private static let others: Set<String> = [
        "rabbitmq_detailed_queue_messages_ready", "rabbitmq_detailed_queue_consumers",
        "rabbitmq_detailed_queue_head_message_timestamp",
    ]

    @Test(arguments: ["rules.yml", "rules-test.yml", "grafana-dashboard.json"])
    func eachMetricIsThere(_ file: String) throws {
        let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(
            separator: "/"
        )
        let text = try String(contentsOfFile: "\(folder)/config/monitoring/\(file)", encoding: .utf8)
        let known = Self.others.union(MetricName.allCases.map(\.rawValue))
        let names = text.matches(of: /\b(?:swiftworker|rabbitmq)_[a-z_]+/).map { String($0.output) }
        #expect(names.count > 10)
        // Settings are named, too.
        let settings: Set<String> = ["swiftworker_event_sampling", "swiftworker_event_buffer"]
        for name in Set(names) where !settings.contains(name) {
            let series = ["_bucket", "_sum", "_count"].first { name.hasSuffix($0) && !known.contains(name) }
            #expect(known.contains(series.map { String(name.dropLast($0.count)) } ?? name), "\(file): \(name)")
        }
    }

    @Test func metricsAreNamedAsPrometheusAdvises() {
        for metric in MetricName.allCases {
            #expect(metric.rawValue.wholeMatch(of: /swiftworker_[a-z_]+/) != nil)
            #expect(!metric.help.isEmpty && metric.help.hasSuffix("."), "\(metric)")
        }
        #expect(Set(MetricName.allCases.map(\.rawValue)).count == MetricName.allCases.count)
    }
}

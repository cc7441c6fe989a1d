import AMQP
import BrokerModel
import ChildPrograms
import Foundation
import JSON
import Monitoring
import OrderedCollections
import SwiftWorker
import Testing

/// The metrics of a worker as a process, on the real broker.
@Suite(.timeLimit(.minutes(3)))
struct MetricsTests {
    @Test func whatHappensIsCountedAndPrometheusCanReadIt() async throws {
        try await TestBroker.withQueue { name in
            let socket = "/tmp/swiftworker-metrics-\(UInt32.random(in: 0 ... .max)).sock"
            let setting = "swiftworker_health_address=unix:\(socket)"
            let worker = try WorkerProcess(["-Q", name, "-P", "prefork", "-c", "2", "-E", setting])
            let probe = HealthProbe(address: .unix(socket))
            try await eventually(within: .seconds(30), "readiness") {
                (try? await probe.ask("/readyz", timeout: .seconds(1)))?.isGood == true
            }
            try await TestBroker.withChannel { _, channel in
                try await channel.send("twin.echo", arguments: [1, "x", .null], to: name)
            }
            var text = ""
            try await eventually(within: .seconds(30), "three started") {
                text = try await probe.ask("/metrics", timeout: .seconds(5)).body
                let started = text.split(separator: "\n").filter { $0.hasPrefix("swiftworker_tasks_started_total{") }
                return started.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) } == 3
            }
            try await eventually(within: .seconds(30), "settled") {
                text = try await probe.ask("/metrics", timeout: .seconds(5)).body
                return text.contains("swiftworker_settlements_total{verb=\"ack\"} 3\n")
            }
            // On a busy machine the broker may just have closed one.
            for connection in ["consumer", "publisher", "control", "events"] {
                try await eventually(within: .seconds(30), connection) {
                    text = try await probe.ask("/metrics", timeout: .seconds(5)).body
                    return text.contains("swiftworker_connection_up{connection=\"\(connection)\"} 1\n")
                }
            }
            #expect(text.contains("swiftworker_children_started_total 2\n"))
            #expect(!text.contains("test@h"))
            try await check(text)
            try await ping(setting)
            worker.signal(SIGTERM)
            #expect(try await worker.exitCode() == 0)
            try await ping(setting, code: 69)
        }
    }

    /// Prometheus' own check of names, types and help texts.
    private func check(_ text: String) async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "metrics-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/promtool")
        process.arguments = ["check", "metrics"]
        process.standardInput = try FileHandle(forReadingFrom: file)
        let ended = try await BrokerProgram.end(process)
        #expect(ended.code == 0, "\(ended.output)\(ended.errors)")
    }

    /// `swiftworker ping`, which needs no broker: there is none where it is told to look.
    private func ping(_ setting: String, code: Int32 = 0) async throws {
        for (option, word) in [("--json", "true"), ("--live", "alive")] {
            let process = Process()
            let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            process.executableURL = products.appending(path: "swiftworker")
            process.arguments = ["ping", option, setting]
            process.environment = programEnvironment([
                "CELERY_BROKER_URL": "amqp://127.0.0.1:1//", "SWIFTWORKER_CONFIG": "",
            ])
            process.standardInput = FileHandle.nullDevice
            let ended = try await BrokerProgram.end(process)
            #expect(ended.code == code, "\(ended.errors)")
            #expect(ended.output.contains(word) == (code == 0))
        }
    }
}

import AMQP
import BrokerModel
import Foundation
import Glibc
import JSON
import Monitoring
import OrderedCollections
import Postgres
import SwiftWorker
import Testing

/// Whatever breaks around a worker, its readiness says so within five seconds, it stays alive, and both recover by
/// themselves.
@Suite(.timeLimit(.minutes(15)))
struct ReadinessTests {
    @Test func readinessIsHonest() async throws {
        try await FaultyBroker.lend { broker in
            try await PostgresServer.withDatabase { database in
                try await broker.control(["add_user", "worker", "first"])
                try await broker.control(["set_permissions", "-p", "/", "worker", ".*", ".*", ".*"])
                let name = try #require(database.description.split(separator: "/").last)
                let socket = "/tmp/swiftworker-ready-\(UInt32.random(in: 0 ... .max)).sock"
                let endpoint = broker.endpoint(user: "worker", password: "first")
                let worker = try MonitoredWorker(
                    ["-Q", "work", "swiftworker_control_url=\(try PostgresServer.url(of: database))"],
                    socket: socket,
                    broker: "amqp://worker:first@127.0.0.1:\(endpoint.port)//"
                )
                try await worker.become(ready: true, within: .seconds(30), "start")
                let setting = FaultSetting(broker: broker, database: String(name), worker: worker)
                for fault in Fault.all {
                    let start = ContinuousClock.now
                    try await fault.cause(setting)
                    let findings = try await worker.become(ready: false, within: .seconds(5), fault.name)
                    #expect(
                        fault.checks.isEmpty || !fault.checks.isDisjoint(with: findings),
                        "\(fault.name): \(findings)"
                    )
                    let fell = ContinuousClock.now - start
                    try await fault.mend(setting)
                    try await worker.become(ready: true, within: .seconds(45), fault.name)
                    FileHandle.standardError.write(
                        Data("readiness: \(fault.name): false after \(fell), \(findings.sorted())\n".utf8)
                    )
                }
                #expect(worker.process.isRunning)
                #expect(worker.deaths == 0, "/livez has said no")
                worker.process.signal(SIGTERM)
                #expect(try await worker.process.exitCode() == 0)
            }
        }
    }
}

/// A worker whose endpoint is asked again and again, by one test.
final class MonitoredWorker: @unchecked Sendable {
    let process: WorkerProcess
    private let probe: HealthProbe
    /// How often it has said that it is not alive, or nothing at all.
    private(set) var deaths = 0

    init(_ options: [String], socket: String, broker: String) throws {
        let address = "swiftworker_health_address=unix:\(socket)"
        process = try WorkerProcess(["-P", "prefork", "-c", "2", address] + options, broker: broker)
        probe = HealthProbe(address: .unix(socket))
    }

    /// Asks until it is ready, or not.
    ///
    /// - Returns: the checks that are not good.
    @discardableResult
    func become(ready wanted: Bool, within limit: Duration, _ what: String) async throws -> Set<String> {
        let end = ContinuousClock.now + limit
        var last = ""
        while .now < end {
            if let reply = try? await probe.ask("/readyz", timeout: .seconds(2)) {
                last = reply.body
                if reply.isGood == wanted { return Self.failing(reply.body) }
                if (try? await probe.ask("/livez", timeout: .seconds(2)))?.isGood != true { deaths += 1 }
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        Issue.record("\(what): not \(wanted ? "" : "un")ready within \(limit): \(last)\(process.output.suffix(3000))")
        throw TimedOut()
    }

    private static func failing(_ body: String) -> Set<String> {
        let checks = (try? JSONValue(parsing: Array(body.utf8)))?["checks"]?.object ?? [:]
        return Set(checks.filter { $0.value["ok"] != true }.keys)
    }
}

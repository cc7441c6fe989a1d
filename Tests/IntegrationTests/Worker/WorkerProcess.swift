import AMQP
import BrokerModel
import CeleryProtocol
import ChildPrograms
import Foundation
import JSON
import OrderedCollections
import Testing

/// The worker with the test tasks, as a process of its own.
final class WorkerProcess {
    private let process = Process()
    private let log: URL
    let folder: URL

    /// Starts `TestWorker`, which is beside the test bundle; `SWIFTWORKER_DRAIN_WORKER` names another.
    ///
    /// - Parameter broker: its broker's URL; the test broker's if `nil`.
    init(_ options: [String], broker: String? = nil, environment: [String: String] = [:]) throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "worker-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        log = folder.appending(path: "log")
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = URL(
            filePath: IntegrationTests.environment("SWIFTWORKER_DRAIN_WORKER")
                ?? products.appending(path: "TestWorker").path
        )
        process.arguments = ["-l", "INFO", "-q", "-n", "test@h"] + options
        let own = [
            "PATH": "/usr/bin:/bin", "CELERY_BROKER_URL": try broker ?? TestBroker.url(), "NO_COLOR": "1",
            "LEDGER": folder.appending(path: "ledger").path,
        ]
        process.environment = programEnvironment(own.merging(environment) { $1 })
        process.currentDirectoryURL = folder
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.runUnblocked()
    }

    deinit {
        signal(SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    /// All that it has printed and logged.
    var output: String { (try? String(contentsOf: log, encoding: .utf8)) ?? "" }

    var lastLine: String { output.split(separator: "\n").last.map(String.init) ?? "" }

    /// The ids of the `tasks.ledger` that have run, in their order.
    var ledger: [String] {
        let text = (try? String(contentsOf: folder.appending(path: "ledger"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
    }

    /// When they ended, in seconds since 1970.
    var ledgerTimes: [Double] {
        let text = (try? String(contentsOf: folder.appending(path: "ledger"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
    }

    var identifier: pid_t { process.processIdentifier }

    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) { if process.isRunning { kill(process.processIdentifier, number) } }

    func wait(for text: String) async throws {
        try await eventually(within: .seconds(30), "'\(text)'") { output.contains(text) }
    }

    /// Asks for the worker's state until it has a text.
    func waitForState(_ text: String) async throws {
        try await eventually(within: .seconds(30), "state '\(text)'") {
            signal(SIGUSR1)
            try await Task.sleep(for: .milliseconds(50))
            return output.contains(text)
        }
    }

    /// The exit code; a signal that ended it counts negative.
    func exitCode(within limit: Duration = .seconds(60)) async throws -> Int32 {
        try await eventually(within: limit, "the worker's end") { !process.isRunning }
        return process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
    }
}

extension AMQPChannel {
    /// Publishes tasks of one argument each, with the ids `0`, `1`, …, many at once.
    func send(_ task: String, arguments: [JSONValue], to queue: String) async throws {
        try await selectConfirms()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (number, argument) in arguments.enumerated() {
                let task = OutgoingTask(task: task, id: "\(number)", args: [argument], kwargs: [:], origin: "test")
                let message = try task.message(exchange: "", routingKey: queue, now: Instant(secondsSince1970: 0))
                group.addTask { try await self.publish(message) }
            }
            try await group.waitForAll()
        }
    }
}

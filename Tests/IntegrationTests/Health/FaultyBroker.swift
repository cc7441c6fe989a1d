import ChildPrograms
import AMQP
import Foundation
import Glibc
import Synchronization
import Testing

/// A RabbitMQ of a test's own, for what would hurt the other tests: it is stopped, frozen, and runs out of memory.
final class FaultyBroker: Sendable {
    let folder: URL
    private let services: String
    /// Its own, also while it is stopped: another one that starts then would take the next free one.
    private let port: UInt16
    private static let count = Atomic<UInt16>(0)

    private init() throws {
        let run = try BrokerProgram.sharedFolder().deletingLastPathComponent()
        folder = run.appending(path: "faults-\(UInt32.random(in: 0 ... .max))")
        port = try TestBroker.endpoint().port + 200 + 40 * Self.count.add(1, ordering: .relaxed).oldValue
        services = try #require(environment("SWIFTWORKER_TEST_SERVICES"), "SWIFTWORKER_TEST_SERVICES is not set")
    }

    /// Lends one that runs, and takes it away on every path.
    static func lend(_ body: (FaultyBroker) async throws -> Void) async throws {
        let broker = try FaultyBroker()
        do {
            try await broker.start()
            try await body(broker)
        } catch {
            FileHandle.standardError.write(Data("the broker's last words:\n\(broker.lastWords)\n".utf8))
            try? await broker.remove()
            throw error
        }
        try await broker.remove()
    }

    func start() async throws { try await service("start") }

    func stop() async throws { try await service("stop") }

    /// Halts it, as a machine does that swaps or is suspended.
    func freeze(_ isFrozen: Bool) throws {
        let state = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            .first { FileManager.default.fileExists(atPath: $0.appending(path: "broker.pid").path) }
        let file = try #require(state).appending(path: "broker.pid")
        let text = try String(contentsOf: file, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let pid = try #require(pid_t(text))
        #expect(kill(pid, isFrozen ? SIGSTOP : SIGCONT) == 0)
    }

    /// Runs `rabbitmqctl`, which has to succeed.
    func control(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: try BrokerProgram.rabbitmqctl())
        process.arguments = ["-q"] + arguments
        try await succeed(process)
    }

    func endpoint(user: String = "guest", password: String = "guest") -> Endpoint {
        Endpoint(host: "127.0.0.1", port: port, user: user, password: password)
    }

    /// The end of what it and its port mapper have logged.
    private var lastWords: String {
        let logs = folder.appending(path: "rabbitmq/log")
        return ["start.log", "epmd.log"].map { name in
            let text = (try? String(contentsOf: logs.appending(path: name), encoding: .utf8)) ?? "no \(name)"
            return text.split(separator: "\n").suffix(30).joined(separator: "\n")
        }.joined(separator: "\n")
    }

    private func remove() async throws {
        // A frozen broker hears nothing.
        try? freeze(false)
        try await stop()
        try FileManager.default.removeItem(at: folder)
    }

    private func service(_ action: String) async throws {
        // Foundation takes a program for running as long as anybody has the descriptors that it was given: the broker would.
        let closing = """
            for path in /proc/self/fd/*; do
                number=${path##*/}
                ((number <= 2)) || eval "exec $number>&-"
            done
            exec "$@"
            """
        let process = Process()
        process.executableURL = URL(filePath: "/bin/bash")
        process.arguments = ["-c", closing, "services", services, action, "rabbitmq"]
        try await succeed(process)
    }

    private func succeed(_ process: Process) async throws {
        var variables = ProcessInfo.processInfo.environment
        variables["PRIVATE_RUN"] = folder.path
        variables["PRIVATE_RABBITMQ_PORT"] = "\(port)"
        // What tests on several brokers ask for is their virtual host.
        variables["PRIVATE_RABBITMQ_VHOST"] = nil
        process.environment = variables
        process.standardInput = FileHandle.nullDevice
        let ended = try await BrokerProgram.end(process)
        try #require(ended.code == 0, "\(process.arguments ?? []): \(ended.output)\(ended.errors)")
    }
}

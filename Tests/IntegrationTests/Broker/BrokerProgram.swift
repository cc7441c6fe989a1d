import AMQP
import ChildPrograms
import Foundation
import Testing

/// The stock program, run for its commands about the broker.
enum BrokerProgram {
    typealias Ended = RecordedProgram.End

    /// The command line of the private broker's administrator.
    static func rabbitmqctl() throws -> String {
        try #require(environment("SWIFTWORKER_TEST_RABBITMQCTL"), "SWIFTWORKER_TEST_RABBITMQCTL is not set")
    }

    /// A folder that the broker sees under the same path, in whatever root it runs.
    static func sharedFolder() throws -> URL {
        let files = try #require(environment("SWIFTWORKER_TEST_BROKER_TLS_FILES"))
        return URL(filePath: files).deletingLastPathComponent()
    }

    static var packageFolder: String {
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
    }

    /// `swiftworker broker …`, not started yet.
    static func process(_ arguments: [String], url: String, environment: [String: String] = [:]) throws -> Process {
        let process = Process()
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appending(path: "swiftworker")
        process.arguments = ["broker"] + arguments + ["--rabbitmqctl", try rabbitmqctl()]
        // With the test's own: it says which broker scripts/rabbitmqctl speaks with.
        process.environment = ProcessInfo.processInfo.environment
            .merging(["CELERY_BROKER_URL": url, "SWIFTWORKER_CONFIG": ""]) { $1 }
            .merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.currentDirectoryURL = FileManager.default.temporaryDirectory
        return process
    }

    /// Runs `swiftworker broker …` to its end.
    static func run(
        _ arguments: [String],
        url: String,
        environment: [String: String] = [:]
    ) async throws -> Ended {
        try await end(try process(arguments, url: url, environment: environment))
    }

    /// Runs `rabbitmqctl`, which has to succeed.
    static func control(_ arguments: [String]) async throws {
        let process = Process()
        process.executableURL = URL(filePath: try rabbitmqctl())
        process.arguments = ["-q"] + arguments
        process.standardInput = FileHandle.nullDevice
        let ended = try await end(process)
        try #require(ended.code == 0, "\(arguments): \(ended.errors)")
    }

    /// Runs a program to its end. One that calls `rabbitmqctl` half a dozen times starts as many virtual machines, which beside
    /// other tests took more than 90 seconds; it gives each of them a minute itself.
    static func end(_ process: Process) async throws -> Ended {
        let program = try RecordedProgram(starting: process)
        try await eventually(within: .seconds(300), "end of \(process.arguments ?? [])") { !program.isRunning }
        return try program.end()
    }

    /// Gives a body a virtual host without policies, and the URL of a user who may do everything there.
    static func withVirtualHost(_ body: (_ name: String, _ url: String) async throws -> Void) async throws {
        let name = TestBroker.uniqueName("stock")
        let endpoint = try TestBroker.endpoint()
        try await control(["add_vhost", name])
        do {
            try await control(["set_permissions", "-p", name, endpoint.user, ".*", ".*", ".*"])
            try await body(name, url(endpoint, name))
        } catch {
            try? await control(["delete_vhost", name])
            throw error
        }
        try await control(["delete_vhost", name])
    }

    static func url(_ endpoint: Endpoint, _ virtualHost: String, user: String? = nil, password: String? = nil) -> String
    {
        let login = "\(user ?? endpoint.user):\(password ?? endpoint.password)"
        return "amqp://\(login)@\(endpoint.host):\(endpoint.port)/\(virtualHost)"
    }
}

import Foundation

/// Where the servers and programs of these tests are; `make test` sets the variables.
struct TestEnvironment {
    struct Missing: Error, CustomStringConvertible {
        var name: String
        var description: String {
            "the environment variable \(name) is not set: run these tests with 'make test', which starts the services"
        }
    }

    /// The URL of the RabbitMQ server.
    private(set) var broker: String
    /// Celery 5.7.0's Python.
    let python57: String
    /// Celery 5.3.6's Python.
    let python53: String
    /// The worker with the test tasks.
    let worker: String
    /// The worker with the reference application's tasks.
    let stockWorker: String
    /// The URL of the PostgreSQL server, with a user who may create databases.
    let postgres: String

    init() throws {
        broker = try Self.required("SWIFTWORKER_TEST_BROKER")
        python57 = try Self.required("SWIFTWORKER_TEST_PYTHON_57")
        python53 = try Self.required("SWIFTWORKER_TEST_PYTHON_53")
        let products = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        worker =
            ProcessInfo.processInfo.environment["SWIFTWORKER_TEST_WORKER"]
            ?? products.appending(path: "TestWorker").path
        stockWorker =
            ProcessInfo.processInfo.environment["SWIFTWORKER_TEST_STOCK_WORKER"]
            ?? products.appending(path: "swiftworker").path
        postgres = try Self.required("SWIFTWORKER_TEST_POSTGRES")
    }

    /// The same with another virtual host of the server.
    init(virtualHost: String) throws {
        try self.init()
        guard let server = URL(string: broker), let host = server.host, let port = server.port else {
            throw Missing(name: "SWIFTWORKER_TEST_BROKER")
        }
        broker = "amqp://\(server.user ?? "guest"):\(server.password ?? "guest")@\(host):\(port)/\(virtualHost)"
    }

    static func required(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { throw Missing(name: name) }
        return value
    }

    /// A name that no other run uses.
    static func unique(_ prefix: String) -> String {
        "\(prefix)-\(UUID().uuidString.prefix(8).lowercased())"
    }

    /// This package's folder.
    static var repository: URL {
        URL(filePath: #filePath).appending(path: "../../../..").standardizedFileURL
    }

    /// The folder of the Python programs.
    static var scripts: URL {
        repository.appending(path: "Tests/InteropTests/Python")
    }
}

import Glibc
import Postgres
import Testing

/// The PostgreSQL server of `make services`.
enum PostgresServer {
    /// Where it is.
    ///
    /// - Throws: a failure that says what to do; a test without its server never passes.
    static func configuration() throws -> PostgresConfiguration {
        guard let url = getenv("SWIFTWORKER_TEST_POSTGRES") else {
            throw Missing()
        }
        var configuration = try PostgresConfiguration(url: String(cString: url))
        configuration.maxConnections = 2
        return configuration
    }

    /// The URL of a database of that server, for other programs.
    static func url(of database: PostgresConfiguration) throws -> String {
        guard let server = getenv("SWIFTWORKER_TEST_POSTGRES").map({ String(cString: $0) }),
            let name = database.description.split(separator: "/").last
        else { throw Missing() }
        guard let path = server.lastIndex(of: "/") else { throw Missing() }
        return String(server[...path]) + name
    }

    /// Lends a database of the test's own, dropped at the end on both paths.
    static func withDatabase<R>(
        _ body: nonisolated(nonsending) (PostgresConfiguration) async throws -> R
    ) async throws -> R {
        let server = PostgresClient(try configuration())
        defer { server.close() }
        let name = "test_\(getpid())_\(UInt32.random(in: 0...UInt32.max))"
        try await server.query("CREATE DATABASE \(name) TEMPLATE template0")
        let value: R
        do {
            value = try await body(try configuration().withDatabase(name))
        } catch {
            try await drop(name, server)
            throw error
        }
        try await drop(name, server)
        return value
    }

    /// Lends a client of a database of the test's own.
    static func withClient<R>(_ body: nonisolated(nonsending) (PostgresClient) async throws -> R) async throws -> R {
        try await withDatabase { configuration in
            let client = PostgresClient(configuration)
            defer { client.close() }
            return try await body(client)
        }
    }

    /// Also for a test that was cancelled by its time limit.
    private static func drop(_ name: String, _ server: PostgresClient) async throws {
        try await Task.detached {
            let drop = "DROP DATABASE \(name) WITH (FORCE)"
            // The server's own cleaner may be busy in it; only a superuser could end that by force.
            for _ in 0..<20 {
                if (try? await server.query(drop)) != nil { return }
                try await Task.sleep(for: .milliseconds(500))
            }
            _ = try await server.query(drop)
        }.value
    }

    struct Missing: Error, CustomStringConvertible {
        var description: String { "SWIFTWORKER_TEST_POSTGRES isn't set: run make services" }
    }
}

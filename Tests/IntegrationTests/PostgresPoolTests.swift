import Threads
import Testing

@testable import Postgres

@Suite("PostgreSQL: connections", .timeLimit(.minutes(1)))
struct PostgresPoolTests {
    @Test("Never more connections than allowed, and everyone gets one")
    func limit() async throws {
        try await PostgresServer.withClient { client in
            let pids = Lock<Set<Int>>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask { @Sendable in
                        let row = try await client.query("SELECT pg_backend_pid() AS pid, pg_sleep(0.002)").rows.first
                        let pid = try #require(row).decode("pid", as: Int.self)
                        pids.withLock { _ = $0.insert(pid) }
                    }
                }
                try await group.waitForAll()
            }
            #expect((1...2).contains(pids.withLock { $0.count }))
        }
    }

    @Test("A connection that the server closed is replaced unnoticed")
    func reconnect() async throws {
        try await PostgresServer.withClient { client in
            let first = try await Self.pid(client)
            let other = PostgresClient(client.configuration)
            defer { other.close() }
            try await other.query("SELECT pg_terminate_backend($1)", [.integer(first)])
            try await Self.waitUntilGone(first, other)
            #expect(try await Self.pid(client) != first)
        }
    }

    @Test("A connection lost in the middle is a typed error, and the next one works")
    func lost() async throws {
        try await PostgresServer.withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT pg_terminate_backend(pg_backend_pid())")
            }
            #expect(error?.code == .connectionLost)
            let next = try await client.query("SELECT 1")
            #expect(next.rows.count == 1)
        }
    }

    @Test("A transaction is committed or rolled back as a whole")
    func transactions() async throws {
        struct Refusal: Error {}
        try await PostgresServer.withClient { client in
            try await client.query("CREATE TABLE a (n int)")
            try await client.withTransaction { try await $0.query("INSERT INTO a VALUES (1)") }
            await #expect(throws: Refusal.self) {
                try await client.withTransaction { connection in
                    try await connection.query("INSERT INTO a VALUES (2)")
                    throw Refusal()
                }
            }
            #expect(try await client.query("SELECT n FROM a").rows.map { try $0.decode("n", as: Int.self) } == [1])
        }
    }

    @Test("A task cancelled inside a transaction leaves nothing behind")
    func cancelledTransaction() async throws {
        try await PostgresServer.withClient { client in
            try await client.query("CREATE TABLE a (n int)")
            let mark = "mark \(UInt32.random(in: 0...UInt32.max))"
            let task = Task {
                try await client.withTransaction { connection in
                    try await connection.query("INSERT INTO a VALUES (2)")
                    try await connection.query("SELECT pg_sleep(50), '\(mark)'")
                }
            }
            try await PostgresQueryTests.waitForStatement(mark, isRunning: true, client)
            task.cancel()
            let result = await task.result
            #expect(throws: PostgresError.self) { try result.get() }
            #expect(try await client.query("SELECT n FROM a").rows.isEmpty)
            #expect(try await client.query("SELECT 1 FROM pg_locks WHERE relation = 'a'::regclass").rows.count <= 1)
        }
    }

    @Test("A connection given back inside a transaction is thrown away")
    func leftOpen() async throws {
        try await PostgresServer.withClient { client in
            let first = try await client.withConnection { connection in
                try await connection.query("BEGIN")
                return try await Self.pid(connection)
            }
            #expect(try await Self.pid(client) != first)
        }
    }

    @Test("One holder at a time of an advisory lock")
    func advisoryLock() async throws {
        try await PostgresServer.withClient { client in
            let inner = try await client.withConnection { connection in
                try await connection.withAdvisoryLock(42) { _ in
                    try await client.withConnection { other in try await other.withAdvisoryLock(42) { _ in "two" } }
                        ?? "one"
                }
            }
            #expect(inner == "one")
            let again = try await client.withConnection { try await $0.withAdvisoryLock(42) { _ in "again" } }
            #expect(again == "again")
        }
    }

    @Test("Waiting for a connection can be cancelled, and a closed client sends all away")
    func waiting() async throws {
        var configuration = try PostgresServer.configuration()
        configuration.maxConnections = 1
        let client = PostgresClient(configuration)
        try await client.withConnection { _ in
            let waiting = Task { try await client.query("SELECT 1") }
            waiting.cancel()
            let cancelled = await waiting.result
            #expect(#expect(throws: PostgresError.self) { try cancelled.get() }?.code == .cancelled)
            let turnedAway = Task { try await client.query("SELECT 1") }
            client.close()
            let closed = await turnedAway.result
            #expect(#expect(throws: PostgresError.self) { try closed.get() }?.code == .closed)
        }
    }

    @Test("A refused connection says why, without the password")
    func refused() async throws {
        var missing = try PostgresServer.configuration().withDatabase("no_such_database")
        missing.connectTimeout = .seconds(10)
        let error = await #expect(throws: PostgresError.self) { try await PostgresClient(missing).query("SELECT 1") }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("no_such_database") == true)

        let nobody = PostgresConfiguration(host: "127.0.0.1", port: 1, database: "a", user: "b", password: "hush")
        let refusal = await #expect(throws: PostgresError.self) { try await PostgresClient(nobody).query("SELECT 1") }
        #expect(refusal?.code == .connectionFailed)
        #expect(!"\(try #require(refusal))".contains("hush"))
    }

    @Test("A host that never answers is given up in time")
    func silentHost() async throws {
        // A port that listens but never speaks.
        let listener = try SilentListener()
        var configuration = PostgresConfiguration(host: "127.0.0.1", port: listener.port, database: "a", user: "b")
        configuration.connectTimeout = .milliseconds(300)
        let client = PostgresClient(configuration)
        let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        #expect(error?.code == .connectionFailed)

        var patient = configuration
        patient.connectTimeout = .seconds(50)
        let connecting = PostgresClient(patient)
        let task = Task { try await connecting.query("SELECT 1") }
        task.cancel()
        let result = await task.result
        #expect(#expect(throws: PostgresError.self) { try result.get() }?.code == .cancelled)
    }

    @Test("The migrations can be applied twice")
    func migrations() async throws {
        try await PostgresServer.withClient { client in
            let script = try Migrations.script()
            try await client.withConnection { connection in
                try await connection.execute(script: script)
                try await connection.execute(script: script)
            }
            let tables = try await client.query(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
            )
            #expect(
                try tables.rows.map { try $0.decode("table_name", as: String.self) } == [
                    "automation_jobs", "input_sources", "output_presets", "output_targets", "processing_stages",
                    "recording_templates", "recordings", "refresh_tokens", "source_metadata", "user_configs",
                    "user_credentials", "users",
                ]
            )
        }
    }

    static func pid(_ client: PostgresClient) async throws -> Int {
        try await client.withConnection { try await pid($0) }
    }

    static func pid(_ connection: PostgresConnection) async throws -> Int {
        try #require(try await connection.query("SELECT pg_backend_pid() AS pid").rows.first).decode("pid")
    }

    static func waitUntilGone(_ pid: Int, _ client: PostgresClient) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while try await !client.query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", [.integer(pid)]).rows.isEmpty {
            try #require(ContinuousClock.now < deadline, "the connection never went")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

import Testing

import struct FoundationEssentials.Date

@testable import Postgres

@Suite("PostgreSQL: statements", .timeLimit(.minutes(1)))
struct PostgresQueryTests {
    @Test("Values come back as they were sent")
    func values() async throws {
        try await PostgresServer.withClient { client in
            try await client.query(
                "CREATE TABLE kinds (t text, i bigint, d double precision, b boolean, at timestamptz, j jsonb, x bytea)"
            )
            let date = Date(timeIntervalSince1970: 1_770_296_829.000001)
            let text = "quote ' \" \\ $1 ünï 日本\n"
            let inserted = try await client.query(
                "INSERT INTO kinds VALUES ($1, $2, $3, $4, $5, $6, $7)",
                [
                    .text(text), .integer(Int64.min), .double(0.1), true, .timestamp(date),
                    .json(Array(#"{"a": [1, null]}"#.utf8)), .bytes([0, 255, 92, 39]),
                ]
            )
            #expect(inserted.affectedRows == 1)
            let row = try #require(try await client.query("SELECT * FROM kinds").rows.first)
            #expect(row.columns == ["t", "i", "d", "b", "at", "j", "x"])
            #expect(try row.decode("t", as: String.self) == text)
            #expect(try row.decode("i", as: Int64.self) == Int64.min)
            #expect(try row.decode("d", as: Double.self) == 0.1)
            #expect(try row.decode("b", as: Bool.self))
            #expect(Timestamp(try row.decode("at", as: Date.self)).microseconds == 1_770_296_829_000_001)
            #expect(try row.decode("j", as: String.self) == #"{"a": [1, null]}"#)
            #expect(try row.decode("x", as: [UInt8].self) == [0, 255, 92, 39])
        }
    }

    @Test("NULLs go both ways, and megabytes fit")
    func nullsAndLarge() async throws {
        try await PostgresServer.withClient { client in
            let row = try #require(try await client.query("SELECT $1::text AS none", [nil]).rows.first)
            #expect(try row.decodeIfPresent("none", as: String.self) == nil)
            let large = String(repeating: "0123456789", count: 1_000_000)
            let echoed = try #require(try await client.query("SELECT $1 AS large", [.text(large)]).rows.first)
            #expect(try echoed.decode("large", as: String.self) == large)
        }
    }

    @Test("The session is in UTC whatever the server's time zone")
    func timeZone() async throws {
        try await PostgresServer.withDatabase { configuration in
            let client = PostgresClient(configuration)
            defer { client.close() }
            let name = try #require(configuration.keywords["dbname"])
            try await client.query("ALTER DATABASE \(name) SET TimeZone = 'Asia/Tokyo'")
            let other = PostgresClient(configuration)
            defer { other.close() }
            let row = try #require(try await other.query("SELECT now()::text AS t, now() AS d").rows.first)
            #expect(try row.decode("t", as: String.self).hasSuffix("+00"))
            #expect(abs(try row.decode("d", as: Date.self).timeIntervalSince(Date())) < 60)
        }
    }

    @Test("A refused statement has its SQLSTATE, and the connection goes on")
    func refused() async throws {
        try await PostgresServer.withClient { client in
            try await client.withConnection { connection in
                for (statement, state) in [
                    ("SELEC 1", "42601"), ("SELECT * FROM absent", "42P01"), ("SELECT 1/0", "22012"),
                ] {
                    let error = await #expect(throws: PostgresError.self) { try await connection.query(statement) }
                    #expect(error?.code == .statementFailed)
                    #expect(error?.sqlState == SQLState(state))
                }
                let next = try await connection.query("SELECT 1")
                #expect(next.rows.count == 1)
            }
        }
    }

    @Test("A script runs as one transaction")
    func script() async throws {
        try await PostgresServer.withClient { client in
            try await client.withConnection { connection in
                try await connection.execute(script: "CREATE TABLE a (n int); INSERT INTO a VALUES (1), (2);")
                await #expect(throws: PostgresError.self) {
                    try await connection.execute(script: "INSERT INTO a VALUES (3); SELECT 1/0;")
                }
                #expect(try await connection.query("SELECT * FROM a").rows.count == 2)
            }
        }
    }

    @Test("A statement past its limit is ended by the server, and the connection goes on")
    func statementTimeout() async throws {
        var configuration = try PostgresServer.configuration()
        configuration.statementTimeout = .milliseconds(300)
        let client = PostgresClient(configuration)
        defer { client.close() }
        try await client.withConnection { connection in
            let error = await #expect(throws: PostgresError.self) { try await connection.query("SELECT pg_sleep(30)") }
            #expect(error?.code == .timedOut)
            #expect(error?.sqlState == .queryCancelled)
            let next = try await connection.query("SELECT 1")
            #expect(next.rows.count == 1)
        }
    }

    @Test("Cancelling the task cancels the statement on the server, and the connection goes on")
    func cancellation() async throws {
        try await PostgresServer.withClient { client in
            let mark = "sleeper \(UInt32.random(in: 0...UInt32.max))"
            let sleeper = Task { try await client.query("SELECT pg_sleep(50), '\(mark)'") }
            try await Self.waitForStatement(mark, isRunning: true, client)
            sleeper.cancel()
            let result = await sleeper.result
            let error = #expect(throws: PostgresError.self) { _ = try result.get() }
            #expect(error?.code == .cancelled)
            try await Self.waitForStatement(mark, isRunning: false, client)
            let next = try await client.query("SELECT 1")
            #expect(next.rows.count == 1)
        }
    }

    static func waitForStatement(_ mark: String, isRunning: Bool, _ client: PostgresClient) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let found = try await client.query(
                "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid() AND query LIKE $1",
                [.text("%\(mark)%")]
            )
            if found.rows.isEmpty != isRunning { return }
            try #require(ContinuousClock.now < deadline, "the statement never came or went")
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

import Testing

@testable import Postgres

@Suite("Parameters and columns")
struct ValueTests {
    @Test(
        "Parameters travel as PostgreSQL writes them",
        arguments: [
            (.integer(Int64.min), "-9223372036854775808"), (1.5, "1.5"), (.double(.infinity), "Infinity"),
            (.double(-.infinity), "-Infinity"), (.double(.nan), "NaN"), (true, "true"), ("ü", "ü"), ("", ""),
            (.json(Array("{}".utf8)), "{}"),
        ] as [(PostgresValue, String)]
    )
    func texts(value: PostgresValue, text: String) throws {
        let wire = try #require(try value.wire)
        #expect(String(decoding: wire.bytes, as: UTF8.self) == text)
        #expect(!wire.isBinary)
    }

    @Test("NULL has no bytes, a bytea is binary and may hold a NUL, a text may not")
    func special() throws {
        #expect(try PostgresValue.null.wire == nil)
        #expect(try #require(try PostgresValue.bytes([0, 1]).wire).isBinary)
        let error = #expect(throws: PostgresError.self) { try PostgresValue.text("a\0b").wire }
        #expect(error?.code == .invalidParameter)
    }

    @Test("Columns are read by name and type")
    func columns() throws {
        let row = PostgresRow(columns: ["n", "b", "x", "none"], values: ["7", "t", "\\x00ff", nil])
        #expect(try row.decode("n", as: Int.self) == 7)
        #expect(try row.decode("n", as: Double.self) == 7)
        #expect(try row.decode("n", as: String.self) == "7")
        #expect(try row.decode("b", as: Bool.self))
        #expect(try row.decode("x", as: [UInt8].self) == [0, 255])
        #expect(try row.decodeIfPresent("none", as: Int.self) == nil)
        for column in ["none", "b", "absent"] {
            let error = #expect(throws: PostgresError.self) { try row.decode(column, as: Int.self) }
            #expect(error?.code == .invalidColumn)
        }
    }
}

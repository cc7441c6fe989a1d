import CeleryProtocol
import Foundation
import JSON
import Testing

@Suite("kombu's types")
struct KombuTypesTests {
    private let types = KombuTypes()

    private func node(_ name: String) throws -> JSONNode {
        let text = try #require(try Vectors.section("kombu_types")[name]?["json"]?.string)
        return try JSONDocument(Array(text.utf8)).root
    }

    private func decode<T: Decodable>(_ name: String, as type: T.Type) throws -> T {
        try node(name).decode(type, types: types)
    }

    private func expectSame(_ value: some Encodable, _ name: String) throws {
        let text = try #require(try Vectors.section("kombu_types")[name]?["json"]?.string)
        #expect(CeleryProtocolTests.text(try JSON.JSONEncoder(types: types).encode(value)) == text)
    }

    @Test("datetimes, both ways", arguments: ["datetime_utc", "datetime_whole", "datetime_naive", "datetime_offset"])
    func dateTimes(_ name: String) throws {
        let value = try decode(name, as: PythonDateTime.self)
        try expectSame(value, name)
        let instant = try decode(name, as: Instant.self)
        #expect(instant == value.instant)
        #expect(try decode(name, as: Date.self) == Date(instant))
        if !value.isNaive, value.time.utcOffset == 0 {
            try expectSame(instant, name)
            try expectSame(Date(instant), name)
        }
    }

    @Test("dates and times, both ways")
    func dates() throws {
        let date = try decode("date", as: PythonDate.self)
        #expect(date == PythonDate(year: 2024, month: 1, day: 2))
        try expectSame(date, "date")
        #expect(try decode("date", as: Instant.self).iso8601() == "2024-01-02T00:00:00+00:00")
        let time = try decode("time", as: PythonTime.self)
        #expect(time == PythonTime(hour: 3, minute: 4, second: 5, microsecond: 6))
        try expectSame(time, "time")
        try expectSame(try decode("time_utc", as: PythonTime.self), "time_utc")
    }

    @Test("decimals, UUIDs and bytes, both ways")
    func others() throws {
        #expect(try decode("decimal", as: Decimal.self) == Decimal(string: "1.5"))
        #expect(try decode("decimal_exponent", as: Decimal.self) == 1000)
        let decimal = try JSON.JSONEncoder(types: types).encode(Decimal(string: "-12.25"))
        #expect(text(decimal) == #"{"__type__": "decimal", "__value__": "-12.25"}"#)
        let uuid = try decode("uuid", as: UUID.self)
        #expect(uuid.uuidString == "12345678-1234-5678-1234-567812345678")
        try expectSame(uuid, "uuid")
        for name in ["bytes", "base64", "bytes_empty"] {
            let bytes = try decode(name, as: [UInt8].self)
            #expect(try decode(name, as: Data.self) == Data(bytes))
            try expectSame(bytes, name)
            try expectSame(Data(bytes), name)
        }
        #expect(try decode("base64", as: [UInt8].self) == [0xff, 0])
        #expect(try decode("bytes", as: [UInt8].self) == Array("it's ä\n".utf8))
    }

    @Test("every length of bytes goes to Base64 and back")
    func base64() throws {
        for length in 0..<50 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
            let text = try JSON.JSONEncoder(types: types).encode(bytes)
            #expect(try JSONDocument(text).root.decode([UInt8].self, types: types) == bytes)
            if String(validating: bytes, as: UTF8.self) == nil {
                #expect(CeleryProtocolTests.text(text).contains(Data(bytes).base64EncodedString()))
            }
        }
    }

    private struct Call: Codable, Equatable {
        var when: Date?
        var amount: Decimal
        var ids: [UUID]
        var naive: PythonDateTime
        var blob: [UInt8]
    }

    @Test("bare texts and numbers are read too, within other types")
    func bare() throws {
        let text = """
            {"when": "2024-01-02T03:04:05Z", "amount": 12.5, "ids": ["12345678-1234-5678-1234-567812345678"],
             "naive": "2024-01-02 03:04", "blob": [1, 2]}
            """
        let call = try JSONDocument(Array(text.utf8)).root.decode(Call.self, types: types)
        #expect(call.when?.timeIntervalSince1970 == 1_704_164_645)
        #expect(call.amount == Decimal(string: "12.5"))
        #expect(call.ids.count == 1)
        #expect(call.naive.iso8601 == "2024-01-02T03:04:00")
        #expect(call.blob == [1, 2])
        let again = try JSON.JSONEncoder(types: types).encode(call)
        #expect(try JSONDocument(again).root.decode(Call.self, types: types) == call)
    }

    @Test(
        "what is no value of the type is refused",
        arguments: [
            #"{"__type__": "set", "__value__": [1]}"#, #"{"__type__": "uuid", "__value__": {"hex": "1"}}"#,
            #"{"__type__": "date", "__value__": "2024-01-02T"}"#, #""yesterday""#, #"{"__type__": 5, "__value__": 1}"#,
            #"{"__type__": "bytes", "__value__": "x"}"#,
        ]
    )
    func refused(_ text: String) throws {
        let node = try JSONDocument(Array(text.utf8)).root
        #expect(throws: (any Error).self) { try node.decode(Date.self, types: types) }
        #expect(throws: (any Error).self) { try node.decode(UUID.self, types: types) }
    }
}

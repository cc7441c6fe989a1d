import BrokerModel
import Testing

@testable import AMQP

/// Field tables through librabbitmq's structs and back.
@Suite struct FieldCodecTests {
    private func roundTrip(_ table: FieldTable) throws -> FieldTable {
        let arena = ScratchArena()
        var encoder = FieldEncoder(arena: arena)
        var decoder = FieldDecoder()
        return try decoder.table(try encoder.table(table))
    }

    @Test(
        arguments: [
            .void, .bool(true), .bool(false), .int8(.min), .uint8(.max), .int16(.min), .uint16(.max), .int32(.min),
            .int32(.max), .uint32(.max), .int64(.min), .int64(.max), .float(1.5), .double(-0.1), .double(.infinity),
            .decimal(scale: 2, unscaled: 314), .string(""), .string("héllo 🐇"),
            .string(String(repeating: "x", count: 70_000)),
            .string("a\0b"), .bytes([]), .bytes([0, 255, 128]), .timestamp(1_700_000_000), .array([]),
            .array([.int32(1), .void, .string("x"), .array([.table(["a": .bool(true)])])]), .table([:]),
            .table(["a": .table(["b": .array([.double(2)])])]),
        ] as [FieldValue]
    )
    func keeps(_ value: FieldValue) throws {
        #expect(try roundTrip(["value": value]) == ["value": value])
    }

    @Test func keepsOrderAndRepeatedNames() throws {
        let table = FieldTable([
            .init(name: "b", value: .int32(1)), .init(name: "a", value: .int32(2)), .init(name: "b", value: .int32(3)),
        ])
        #expect(try roundTrip(table).entries == table.entries)
    }

    @Test func unsignedLongIsReadSigned() throws {
        #expect(try roundTrip(["n": .uint64(5)]) == ["n": .int64(5)])
        let error = #expect(throws: AMQPError.self) { try roundTrip(["n": .uint64(.max)]) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func refusesLongNames() throws {
        let longest = String(repeating: "n", count: 255)
        #expect(try roundTrip([longest: .void]) == [longest: .void])
        let error = #expect(throws: AMQPError.self) { try roundTrip([longest + "n": .void]) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func refusesDeepNesting() throws {
        func nested(_ depth: Int) -> FieldTable {
            (0..<depth).reduce(FieldTable()) { table, _ in ["t": .table(table)] }
        }
        _ = try roundTrip(nested(60))
        #expect(throws: AMQPError.self) { try roundTrip(nested(100)) }
    }

    @Test func refusesTooManyValues() {
        #expect(throws: AMQPError.self) { try roundTrip(["a": .array(Array(repeating: .void, count: 20_000))]) }
    }

    @Test func arenaIsReused() throws {
        let arena = ScratchArena()
        for round in 0..<50 {
            arena.reset()
            var encoder = FieldEncoder(arena: arena)
            var decoder = FieldDecoder()
            let table: FieldTable = [
                "round": .int32(Int32(round)), "text": .string(String(repeating: "y", count: round * 900)),
            ]
            #expect(try decoder.table(try encoder.table(table)) == table)
        }
    }
}

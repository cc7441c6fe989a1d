import JSON
import Testing

@Suite("Types with a convention of their own")
struct TypeCodingTests {
    struct Point: Codable, Equatable {
        var x: Int
        var y: Int
    }

    /// Writes a point as kombu writes its types.
    struct PointCoding: JSONTypeCoding {
        func handles(_ type: Any.Type) -> Bool { type == Point.self || type == [UInt8].self }

        func decode<T>(_ type: T.Type, from node: JSONNode) throws -> T? {
            guard node["__type__"]?.string == "point", let value = node["__value__"] else { return nil }
            let numbers = try value.decode([Int].self)
            return Point(x: numbers[0], y: numbers[1]) as? T
        }

        func encode(_ value: any Encodable) throws -> JSONValue? {
            guard let point = value as? Point else { return nil }
            return ["__type__": "point", "__value__": [.integer(Int64(point.x)), .integer(Int64(point.y))]]
        }
    }

    struct Holder: Codable, Equatable {
        var point: Point
        var points: [Point]
        var maybe: Point?
        var bytes: [UInt8]
    }

    @Test func getTheFirstLook() throws {
        let one = #"{"__type__": "point", "__value__": [1, 2]}"#
        let text = #"{"point": \#(one), "points": [\#(one), {"x": 3, "y": 4}], "maybe": \#(one), "bytes": [1, 2]}"#
        let holder = try decoded(Holder.self, text, types: PointCoding())
        let point = Point(x: 1, y: 2)
        #expect(holder == Holder(point: point, points: [point, Point(x: 3, y: 4)], maybe: point, bytes: [1, 2]))
        #expect(try decoded(Point.self, one, types: PointCoding()) == point)
        #expect(
            try encoded(holder, types: PointCoding())
                == #"{"point": \#(one), "points": [\#(one), {"__type__": "point", "__value__": [3, 4]}], "#
                + #""maybe": \#(one), "bytes": [1, 2]}"#
        )
        #expect(try encoded(point, types: PointCoding()) == one)
    }

    @Test func areNotAskedForOthers() throws {
        #expect(try encoded(Point(x: 1, y: 2)) == #"{"x": 1, "y": 2}"#)
        #expect(throws: DecodingError.self) { try decoded(Point.self, #"{"__type__": "point"}"#) }
        let raw = try decoded(JSONValue.self, #"{"__type__": "point", "__value__": [1, 2]}"#, types: PointCoding())
        #expect(raw["__type__"] == "point")
    }

    @Test func theirErrorsGetThePath() throws {
        let text = #"{"point": {"__type__": "point", "__value__": [1, "x"]}, "points": [], "bytes": []}"#
        let error = try #require(throws: DecodingError.self) {
            try decoded(Holder.self, text, types: PointCoding())
        }
        #expect(path(error) == ["point", "Index 1"])
    }
}

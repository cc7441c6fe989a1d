import JSON
import OrderedCollections
import Testing

@Suite("Values")
struct ValueTests {
    @Test func literals() {
        let value: JSONValue = ["a": 1, "b": [.null, true, 2.5, "x\(1)"], "a": 3]
        #expect(value == .object(["a": .integer(3), "b": .array([.null, .bool(true), .double(2.5), .string("x1")])]))
    }

    @Test func access() {
        let value: JSONValue = ["i": 1, "d": 1.5, "s": "x", "b": false, "a": [1, 2], "n": .null]
        #expect(value["i"]?.integer == 1)
        #expect(value["i"]?.double == 1)
        #expect(value["d"]?.double == 1.5)
        #expect(value["d"]?.integer == nil)
        #expect(value["s"]?.string == "x")
        #expect(value["b"]?.bool == false)
        #expect(value["a"]?[1] == 2)
        #expect(value["a"]?[2] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?.array?.count == 2)
        #expect(value["n"]?.isNull == true)
        #expect(value["missing"] == nil)
        #expect(value[0] == nil)
        #expect(value.object?.count == 6)
        #expect(JSONValue.bigInteger("100000000000000000000").double == 1e20)
        #expect(JSONValue.bigInteger(String(repeating: "9", count: 400)).double == nil)
    }

    @Test func writesAndReadsItself() throws {
        let value: JSONValue = [
            "text": "ü\u{0}\"", "numbers": [0, -1, .integer(.max), .bigInteger("99999999999999999999"), 0.1, 1e300],
            "nested": [[], [:], .null, true], "": "",
        ]
        #expect(try JSONValue(parsing: value.serialized()) == value)
        #expect(try encoded(value) == text(value.serialized()))
    }

    /// Codable as another encoder would use it: this module's own path knows JSONValue by its type.
    @Test func codableForOthers() throws {
        struct Opaque: Codable {
            var value: JSONValue
            init(_ value: JSONValue) { self.value = value }
            init(from decoder: any Decoder) throws { value = try JSONValue(from: decoder) }
            func encode(to encoder: any Encoder) throws { try value.encode(to: encoder) }
        }
        let value: JSONValue = [
            "z": [1, 2.5, .null, true, "x", .bigInteger("18446744073709551615"), [:], []], "a": -1,
        ]
        #expect(try encoded(Opaque(value)) == text(value.serialized()))
        #expect(try decoded(Opaque.self, text(value.serialized())).value == value)
        let huge = Opaque(.bigInteger(String(repeating: "9", count: 60)))
        #expect(throws: EncodingError.self) { try encoded(huge) }
    }
}

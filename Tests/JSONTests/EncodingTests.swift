import JSON
import OrderedCollections
import Testing

@Suite("Encoding")
struct EncodingTests {
    struct Meta: Codable {
        var status: String
        var result: JSONValue
        var taskID: String
        var children: [Int]
        var traceback: String?
        var parent: Double
    }

    @Test func looksLikePythonsDumps() throws {
        let meta = Meta(
            status: "SUCCÉSS",
            result: ["z": [1, 2.5, .null], "a": true],
            taskID: "6d1f",
            children: [],
            traceback: nil,
            parent: 1
        )
        #expect(
            try encoded(meta)
                == #"{"status": "SUCC\u00c9SS", "result": {"z": [1, 2.5, null], "a": true}, "taskID": "6d1f", "#
                + #""children": [], "parent": 1.0}"#
        )
    }

    @Test func strings() throws {
        let expected = #""\"\\/\b\f\n\r\t\u0000\u001f\u007f~ \u00fc\u20ac\ud83d\ude00""#
        let string = "\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}~ ü€😀"
        #expect(try encoded(string) == expected)
        #expect(try encoded([string: string]) == "{\(expected): \(expected)}")
        #expect(text(JSONValue.string(string).serialized()) == expected)
        #expect(try decoded(String.self, expected) == string)
        #expect(try encoded("") == "\"\"")
        #expect(try encoded(["": ""]) == "{\"\": \"\"}")
    }

    @Test(arguments: pythonReprs)
    func doublesAreReprs(repr: String) throws {
        let number = try #require(Double(repr))
        #expect(try encoded(number) == repr)
        #expect(try encoded([number, number]) == "[\(repr), \(repr)]")
        #expect(try encoded(["a": number]) == "{\"a\": \(repr)}")
        #expect(try value(repr) == .double(number))
    }

    struct Odd: Codable {
        var nan = Double.nan
        var infinity = Double.infinity
        var negative = -Float.infinity
        var float: Float = 0.1
        var big = UInt64.max
        var huge = Int128.min
        var text = "NaN"
        var digits = "18446744073709551615"
        var value = JSONValue.array([.bigInteger("123456789012345678901234567890"), .double(-.infinity)])
    }

    @Test func whatJanssonCannotHold() throws {
        #expect(
            try encoded([Odd()])
                == #"[{"nan": NaN, "infinity": Infinity, "negative": -Infinity, "float": 0.1, "#
                + #""big": 18446744073709551615, "huge": -170141183460469231731687303715884105728, "text": "NaN", "#
                + #""digits": "18446744073709551615", "value": [123456789012345678901234567890, -Infinity]}]"#
        )
        #expect(try encoded(Double.nan) == "NaN")
        #expect(try encoded(UInt64.max) == "18446744073709551615")
    }

    @Test func scalarsAndCollections() throws {
        #expect(try encoded(5) == "5")
        #expect(try encoded(Int.min) == "-9223372036854775808")
        #expect(try encoded([10, -3, .max]) == "[10, -3, 9223372036854775807]")
        #expect(try encoded([Int8(-3)]) == "[-3]")
        #expect(try encoded(true) == "true")
        #expect(try encoded([true, false]) == "[true, false]")
        #expect(try encoded(Int?.none) == "null")
        #expect(try encoded([Int?.none, 1]) == "[null, 1]")
        #expect(try encoded(["a", "b"]) == #"["a", "b"]"#)
        #expect(try encoded([String]()) == "[]")
        #expect(try encoded([String: Int]()) == "{}")
        #expect(try encoded([1: "x"]) == #"{"1": "x"}"#)
        #expect(try encoded(["k": ["n": [1.5]]]) == #"{"k": {"n": [1.5]}}"#)
        #expect(try encoded(["b": 1, "a": [:]] as JSONValue) == #"{"b": 1, "a": {}}"#)
        #expect(try encoded(["b": 1, "a": 2] as JSONObject) == #"{"b": 1, "a": 2}"#)
        #expect(try encoded([["b": 1], .null] as [JSONValue]) == #"[{"b": 1}, null]"#)
    }

    struct ByHand: Encodable {
        enum Keys: String, CodingKey { case a, b, c, replaced }
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: Keys.self)
            var a = container.nestedContainer(keyedBy: Keys.self, forKey: .a)
            var b = container.nestedUnkeyedContainer(forKey: .b)
            var gone = container.nestedUnkeyedContainer(forKey: .replaced)
            try gone.encode("lost")
            try container.encode(1, forKey: .replaced)
            // The node under it is out of the tree, yet alive.
            try gone.encode("lost too")
            try b.encode(1)
            try a.encode("x", forKey: .b)
            var late = b.superEncoder().singleValueContainer()
            var inner = b.nestedContainer(keyedBy: Keys.self)
            try b.encodeNil()
            try inner.encode(2.5, forKey: .c)
            var list = b.nestedUnkeyedContainer()
            try list.encode(UInt64.max)
            #expect(b.count == 5)
            var again = encoder.container(keyedBy: Keys.self)
            try again.encodeNil(forKey: .c)
            var inSuper = container.superEncoder().unkeyedContainer()
            try inSuper.encode(7)
            try late.encode("late")
        }
    }

    @Test func containersByHand() throws {
        let expected =
            #"{"a": {"b": "x"}, "b": [1, "late", {"c": 2.5}, null, [18446744073709551615]], "replaced": 1, "#
            + #""c": null, "super": [7]}"#
        #expect(try encoded(ByHand()) == expected)
        #expect(try encoded([ByHand()]) == "[\(expected)]")
    }

    @Test func replacedRawTextsLeaveNoTrace() throws {
        struct Twice: Encodable {
            enum Keys: String, CodingKey { case a, b }
            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Keys.self)
                for _ in 0..<200 {
                    try container.encode(Double.nan, forKey: .a)
                    try container.encode("0123", forKey: .a)
                    try container.encode("\"", forKey: .b)
                }
            }
        }
        #expect(try encoded(Twice()) == #"{"a": "0123", "b": "\""}"#)
    }

    @Test func refusals() throws {
        struct Nothing: Encodable { func encode(to encoder: any Encoder) throws {} }
        #expect(throws: EncodingError.self) { try encoded(Nothing()) }
        #expect(throws: EncodingError.self) { try encoded([Nothing()]) }
        final class Deep: Encodable {
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode(self)
            }
        }
        let error = try #require(throws: EncodingError.self) { try encoded(Deep()) }
        guard case .invalidValue(_, let context) = error else { return }
        #expect(context.debugDescription.contains("1,000"))
        struct Failing: Encodable {
            struct Failure: Error {}
            func encode(to encoder: any Encoder) throws {
                var container = encoder.unkeyedContainer()
                try container.encode("half")
                throw Failure()
            }
        }
        #expect(throws: Failing.Failure.self) { try encoded(["a": [Failing()]]) }
    }
}

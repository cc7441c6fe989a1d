import JSON
import OrderedCollections
import Testing

@Suite("Decoding")
struct DecodingTests {
    struct Scalars: Codable, Equatable {
        var b: Bool, s: String, d: Double, f: Float, i: Int, i8: Int8, i16: Int16, i32: Int32, i64: Int64, i128: Int128
        var u: UInt, u8: UInt8, u16: UInt16, u32: UInt32, u64: UInt64, u128: UInt128
    }

    @Test func allScalars() throws {
        let text = """
            {"b": true, "s": "x", "d": 0.5, "f": 0.1, "i": -1, "i8": -128, "i16": -2, "i32": -3, "i64": -4,
            "i128": 170141183460469231731687303715884105727, "u": 1, "u8": 255, "u16": 2, "u32": 3,
            "u64": 18446744073709551615, "u128": 5}
            """
        let scalars = try decoded(Scalars.self, text)
        #expect(scalars.i128 == .max)
        #expect(scalars.u64 == .max)
        #expect(scalars.f == 0.1)
        #expect(try decoded(Scalars.self, encoded(scalars)) == scalars)
    }

    @Test func numbersConvertOnlyExactly() throws {
        #expect(try decoded(Int.self, "2.0") == 2)
        #expect(try decoded(Double.self, "2") == 2)
        #expect(try decoded([Double].self, "[1, 2.5]") == [1, 2.5])
        #expect(try decoded(UInt8.self, "255") == 255)
        #expect(throws: DecodingError.self) { try decoded(Int.self, "2.5") }
        #expect(throws: DecodingError.self) { try decoded(Int.self, "1e300") }
        #expect(throws: DecodingError.self) { try decoded(Int.self, "NaN") }
        #expect(throws: DecodingError.self) { try decoded(UInt8.self, "256") }
        #expect(throws: DecodingError.self) { try decoded(UInt.self, "-1") }
        #expect(throws: DecodingError.self) { try decoded(Int.self, "true") }
        #expect(throws: DecodingError.self) { try decoded(Bool.self, "1") }
        #expect(throws: DecodingError.self) { try decoded(String.self, "1") }
        #expect(throws: DecodingError.self) { try decoded(String.self, "NaN") }
        #expect(throws: DecodingError.self) { try decoded(Double.self, "\"1\"") }
    }

    struct Recording: Codable, Equatable {
        var recordingId: Int
        var userID: String
        var s3Key: String?
        var title: String?
        var isDone: Bool?
    }

    @Test func namesMatchExactlyOrInSnakeCase() throws {
        let expected = Recording(recordingId: 7, userID: "01J", s3Key: "k", title: nil, isDone: true)
        let snake = #"{"recording_id": 7, "user_id": "01J", "s3_key": "k", "title": null, "is_done": true}"#
        #expect(try decoded(Recording.self, snake) == expected)
        let camel = #"{"recordingId": 7, "userID": "01J", "s3Key": "k", "isDone": true}"#
        #expect(try decoded(Recording.self, camel) == expected)
        let both =
            #"{"recording_id": 8, "recordingId": 7, "userID": "01J", "user_id": "no", "s3Key": "k", "isDone": true}"#
        #expect(try decoded(Recording.self, both) == expected)
    }

    @Test(arguments: [
        ("userId", "user_id"), ("userID", "user_id"), ("HTTPServer", "http_server"), ("aBC", "a_bc"), ("A", "a"),
        ("already_Snake", "already_snake"), ("x2Y", "x2_y"),
    ])
    func snakeCaseForms(name: String, snake: String) throws {
        struct Anything: Decodable {
            let found: Int
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: Key.self)
                let key = try #require(decoder.codingPath.first).stringValue
                found = try container.decode(Int.self, forKey: Key(stringValue: key))
                #expect(container.contains(Key(stringValue: key)))
            }
        }
        let node = try document("{\"\(snake)\": 5}").root
        #expect(try node.decode(Anything.self, codingPath: [Key(stringValue: name)]).found == 5)
    }

    struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    struct Tree: Codable, Equatable {
        var name: String
        var children: [Tree]
        var tags: [String: [Int]]
        var extra: JSONValue
        var members: JSONObject
    }

    @Test func nestedTypes() throws {
        let text = """
            {"name": "a", "children": [{"name": "b", "children": [], "tags": {}, "extra": null, "members": {}}],
            "tags": {"userId": [1, 2], "user_id": []}, "extra": {"k": [NaN, 1]}, "members": {"z": 1, "a": 2}}
            """
        let tree = try decoded(Tree.self, text)
        #expect(tree.children.map(\.name) == ["b"])
        #expect(tree.tags == ["userId": [1, 2], "user_id": []])
        #expect(tree.extra["k"]?[0]?.double?.isNaN == true)
        #expect(tree.members.keys == ["z", "a"])
    }

    @Test func optionalsAndCollections() throws {
        #expect(try decoded(Int?.self, "null") == nil)
        #expect(try decoded(Int?.self, "3") == 3)
        #expect(try decoded([Int?].self, "[1, null, 2]") == [1, nil, 2])
        #expect(try decoded([[Int]].self, "[[1], []]") == [[1], []])
        #expect(try decoded([Bool].self, "[true, false]") == [true, false])
        #expect(try decoded([String].self, "[\"a\"]") == ["a"])
        #expect(try decoded([UInt8].self, "[1, 255]") == [1, 255])
        #expect(try decoded([Int: String].self, #"{"1": "a", "-2": "b"}"#) == [1: "a", -2: "b"])
        #expect(try decoded(Set<Int>.self, "[1, 1, 2]") == [1, 2])
        #expect(try decoded([JSONValue].self, "[1, null]") == [1, nil])
        #expect(try decoded(JSONObject.self, #"{"b": 1, "a": 2}"#).keys == ["b", "a"])
    }

    struct Inner: Decodable { var values: [Int] }
    struct Outer: Decodable { var inner: [Inner] }

    @Test func errorsNameTheirPlace() throws {
        func fault<T: Decodable>(_ type: T.Type, _ json: String) throws -> DecodingError {
            try #require(throws: DecodingError.self) {
                try document(json).root.decode(type, codingPath: [Key(stringValue: "args")])
            }
        }
        #expect(path(try fault(Int.self, "\"a\"")) == ["args"])
        #expect(
            path(try fault(Outer.self, #"{"inner": [{"values": []}, {"values": [1, "x"]}]}"#))
                == ["args", "inner", "Index 1", "values", "Index 1"]
        )
        #expect(path(try fault([[Bool]].self, "[[true], [true, 1]]")) == ["args", "Index 1", "Index 1"])
        #expect(path(try fault(Outer.self, #"{"inner": 5}"#)) == ["args", "inner"])
        #expect(path(try fault(Recording.self, #"{"recordingId": "7"}"#)) == ["args", "recordingId"])
        guard case .keyNotFound(let key, let context) = try fault(Outer.self, #"{"inner": [{}]}"#) else {
            Issue.record("no keyNotFound")
            return
        }
        #expect(key.stringValue == "values")
        #expect(context.codingPath.map(\.stringValue) == ["args", "inner", "Index 0"])
        guard case .valueNotFound = try fault(Int.self, "null") else {
            Issue.record("no valueNotFound")
            return
        }
        guard case .typeMismatch(_, let mismatch) = try fault([Int].self, "{}") else {
            Issue.record("no typeMismatch")
            return
        }
        #expect(mismatch.debugDescription.contains("an object"))
    }

    struct ByHand: Decodable, Equatable {
        var first: Int, rest: [String], nested: Int, inSuper: Int, pair: [Int]
        enum Keys: String, CodingKey { case list, object }
        enum Nested: String, CodingKey { case value, pair }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Keys.self)
            var list = try container.nestedUnkeyedContainer(forKey: .list)
            #expect(list.count == 4)
            first = try list.decode(Int.self)
            #expect(throws: DecodingError.self) { try list.decode(Int.self) }
            #expect(list.currentIndex == 1)
            #expect(try list.decodeNil() == false)
            rest = [try list.decode(String.self)]
            #expect(try list.decodeNil() == true)
            rest.append(try list.decode(String.self))
            #expect(list.isAtEnd)
            #expect(throws: DecodingError.self) { try list.decode(String.self) }
            #expect(throws: DecodingError.self) { try list.decodeNil() }
            let object = try container.nestedContainer(keyedBy: Nested.self, forKey: .object)
            #expect(object.allKeys == [.value, .pair])
            nested = try object.decode(Int.self, forKey: .value)
            var pair = try object.superDecoder(forKey: .pair).unkeyedContainer()
            self.pair = [try pair.decode(Int.self), try Int(from: try pair.superDecoder())]
            inSuper = try container.superDecoder().singleValueContainer().decode(Int.self)
        }
    }

    @Test func containersByHand() throws {
        let text = #"{"list": [1, "a", null, "b"], "object": {"value": 2, "other": 0, "pair": [8, 9]}, "super": 3}"#
        let value = try decoded(ByHand.self, text)
        #expect(value.first == 1)
        #expect(value.rest == ["a", "b"])
        #expect(value.nested == 2)
        #expect(value.inSuper == 3)
        #expect(value.pair == [8, 9])
    }
}

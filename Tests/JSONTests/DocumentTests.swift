import JSON
import OrderedCollections
import Testing

@Suite("Documents and nodes")
struct DocumentTests {
    @Test func kinds() throws {
        let node = try document(#"[null, true, 1, 1.0, "a", [], {}]"#).root
        #expect((0..<7).map { node[$0]?.kind } == [.null, .bool, .integer, .double, .string, .array, .object])
        #expect(node.count == 7)
        #expect(node[7] == nil)
        #expect(node[-1] == nil)
        #expect(node["a"] == nil)
        #expect(node[0]?.isNull == true)
        #expect(node[0]?[0] == nil)
        #expect(node[1]?.bool == true)
        #expect(node[2]?.integer == 1)
        #expect(node[2]?.double == 1)
        #expect(node[3]?.integer == nil)
        #expect(node[4]?.string == "a")
        #expect(node[4]?.count == 0)
        #expect(node.keys.isEmpty)
        #expect(node.string == nil)
    }

    @Test func membersKeepTheirOrder() throws {
        let text = #"{"z": 1, "a": [2], "ü": {"k": null}, "m": "x"}"#
        let node = try document(text).root
        #expect(node.keys == ["z", "a", "ü", "m"])
        #expect(node.members.map(\.key) == node.keys)
        #expect(node.members.map(\.value.value) == [1, [2], ["k": .null], "x"])
        #expect(node.value.object?.keys.elements == node.keys)
        #expect(node["missing"] == nil)
    }

    @Test func nodesKeepTheDocumentAlive() throws {
        func inner() throws -> JSONNode { try #require(try document(#"{"a": {"b": "text"}}"#).root["a"]) }
        let node = try inner()
        #expect(node["b"]?.string == "text")
    }

    @Test(arguments: [
        ("", JSONError.Code.emptyText, 1, 0),
        (" \n ", .emptyText, 2, 1),
        ("[1,", .truncatedText, 1, 3),
        ("\"abc", .truncatedText, 1, 4),
        ("[1, 2] x", .trailingText, 1, 8),
        ("{\"a\": 1,\n \"b\": nope}", .invalidSyntax, 2, 10),
        ("[\"ü\", 'a']", .invalidSyntax, 1, 7),
        ("\u{FEFF}[]", .invalidSyntax, 1, 1),
        ("[1,]", .invalidSyntax, 1, 4),
        ("{\"a\" 1}", .invalidSyntax, 1, 6),
        ("\"a\nb\"", .invalidSyntax, 1, 2),
        ("[1e5, tru]", .invalidSyntax, 1, 9),
        ("[NaN,\n Infinity, oops]", .invalidSyntax, 2, 15),
        ("[NaN, NaN", .truncatedText, 1, 9),
    ])
    func faultsHaveAPlace(text: String, code: JSONError.Code, line: Int, column: Int) throws {
        let error = try error(parsing: text)
        #expect(error.code == code)
        #expect(error.line == line)
        #expect(error.column == column)
        #expect(!error.message.isEmpty)
        #expect(!error.message.contains(" near "))
        #expect(error.description.contains("line \(line), column \(column)"))
    }

    @Test(
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0x22, 0xE2, 0x82, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22],
        ] as [[UInt8]]
    )
    func invalidUTF8(bytes: [UInt8]) throws {
        let error = try error(parsing: bytes)
        #expect(error.code == .invalidUTF8)
        #expect(error.line == 1)
        let later = try #require(throws: JSONError.self) {
            try JSONDocument(Array("[NaN, ".utf8) + bytes + [0x5D])
        }
        #expect(later.code == .invalidUTF8)
    }

    @Test func depth() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            String(repeating: open, count: depth) + "1" + String(repeating: close, count: depth)
        }
        let limits = JSONLimits(maxDepth: 20)
        for (open, close) in [("[", "]"), ("{\"a\": ", "}")] {
            #expect(throws: Never.self) { try document(nested(20, open, close), limits: limits) }
            let fault = try error(parsing: nested(21, open, close), limits: limits)
            #expect(fault.code == .tooDeep)
            #expect(fault.message.contains("20"))
        }
        let wide = "[" + String(repeating: "[], \"[[[[\\\"[[[\", ", count: 100) + "1]"
        #expect(try document(wide, limits: limits).root.count == 201)
        #expect(try error(parsing: String(repeating: "[", count: 1_000_000)).code == .tooDeep)
        #expect(try error(parsing: String(repeating: "[", count: 21), limits: limits).code == .tooDeep)
    }

    @Test func numberOfValues() throws {
        let limits = JSONLimits(maxValues: 4)
        let texts = ["[1, 2, 3]", #"{"a": 1, "b": 2, "c": 3}"#, "[[], 1]", "[[[1]]]", "[NaN, 1, 2]"]
        for text in texts + [#"["[,,,", "\",[,{", 3]"#] {
            #expect(throws: Never.self) { try document(text, limits: limits) }
        }
        // An empty array or object counts as two.
        for text in ["[1, 2, 3, 4]", #"{"a": [1, 2, 3]}"#, "[[], []]", "[{}, {}]", "[[[[1]]]]", "[NaN, 1, 2, 3]"] {
            let fault = try error(parsing: text, limits: limits)
            #expect(fault.code == .tooManyValues)
            #expect(fault.message == "more than 4 values")
            #expect(fault.line == 1)
        }
        #expect(try error(parsing: "[1, 2]", limits: JSONLimits(maxValues: 0)).code == .tooManyValues)
        // What a packed text of a few kilobytes may come to is refused before a tree is made of it.
        let bomb = [0x5B] + [UInt8](repeating: UInt8(ascii: ","), count: JSONLimits().maxValues) + [0x5D]
        #expect(try error(parsing: bomb).code == .tooManyValues)
    }

    @Test func deepestAllowedTextIsCopiedAndWritten() throws {
        let limits = JSONLimits(maxDepth: 1_000_000)
        #expect(limits.maxDepth == 2_000)
        let text = String(repeating: "[", count: 2_000) + String(repeating: "]", count: 2_000)
        let value = try JSONValue(parsing: Array(text.utf8), limits: limits)
        #expect(value.serialized() == Array(text.utf8))
        #expect(try document(text, limits: limits).root.decode(JSONValue.self) == value)
    }

    @Test func isSharedBetweenThreads() async throws {
        let node = try document(#"{"numbers": [1, 2, 3], "text": "ü"}"#).root
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<500).allSatisfy { _ in
                        node["text"]?.string == "ü" && (try? node["numbers"]?.decode([Int].self)) == [1, 2, 3]
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

import JSON
import OrderedCollections
import Testing

@Suite("What Python's JSON has beyond the standard")
struct DialectTests {
    @Test func bareConstants() throws {
        let node = try document("[NaN, Infinity, -Infinity , {\"a\": NaN}]").root
        #expect(node[0]?.kind == .double)
        #expect(node[0]?.double?.isNaN == true)
        #expect(node[0]?.string == nil)
        #expect(node[1]?.value == .double(.infinity))
        #expect(node[2]?.value == .double(-.infinity))
        #expect(node[3]?["a"]?.double?.isNaN == true)
        #expect(try value("Infinity") == .double(.infinity))
        let doubles = node.value.array?.prefix(3).compactMap(\.double)
        #expect(doubles?.count == 3)
        #expect(try decoded([Double].self, "[1, Infinity]") == [1, .infinity])
    }

    @Test(arguments: [
        "{NaN: 1}", "{Infinity : 1}", "[NaNx]", "[1NaN]", "[NaN NaN]", "-NaN", "[nan]", "[Inf]", "[--Infinity]",
        "{99999999999999999999: 1}", "{1e999: 1}", "[099999999999999999999]", "[1.e999]", "[1e]", "[-]", "[1e999.5]",
        "[NaN, 01]", "NaN NaN",
    ])
    func nearMissesStayErrors(text: String) throws {
        let code = try error(parsing: text).code
        #expect(code == .invalidSyntax || code == .trailingText)
    }

    @Test func wordsWithinStringsAreText() throws {
        let result = try value(#"[NaN, "NaN", "a\"Infinity", "99999999999999999999", {"NaN": "-Infinity"}]"#)
        #expect(
            result.array?.dropFirst()
                == ["NaN", "a\"Infinity", "99999999999999999999", ["NaN": "-Infinity"]]
        )
    }

    @Test func integersBeyond64Bits() throws {
        let big = "123456789012345678901234567890"
        #expect(
            try value("[\(big), -\(big), 9223372036854775808]")
                == [.bigInteger(big), .bigInteger("-" + big), .bigInteger("9223372036854775808")]
        )
        #expect(
            try value("[9223372036854775807, -9223372036854775808, \(big)]").array?.prefix(2)
                == [.integer(.max), .integer(.min)]
        )
        let node = try document(big).root
        #expect(node.kind == .integer)
        #expect(node.integer == nil)
        #expect(node.double == 123456789012345678901234567890.0)
        #expect(try decoded(UInt64.self, "18446744073709551615") == .max)
        #expect(try decoded(Int128.self, big) == Int128(big))
        #expect(throws: DecodingError.self) { try decoded(Int.self, big) }
        #expect(throws: DecodingError.self) { try decoded(Double.self, "1" + String(repeating: "0", count: 400)) }
    }

    @Test func integersHaveALimit() throws {
        let limits = JSONLimits(maxIntegerDigits: 30)
        let fits = String(repeating: "9", count: 30)
        #expect(try document("-" + fits, limits: limits).root.value == .bigInteger("-" + fits))
        let error = try error(parsing: "[1,\n 9\(fits)]", limits: limits)
        #expect(error.code == .tooManyDigits)
        #expect(error.line == 2)
    }

    @Test func overflowingReals() throws {
        #expect(try value("[1e999, -1E+999, 1e-999, 1.5]") == [.double(.infinity), .double(-.infinity), 0.0, 1.5])
        let long = "1" + String(repeating: "0", count: 400) + ".0"
        #expect(try value(long) == .double(.infinity))
    }

    @Test func loneSurrogatesAreReplaced() throws {
        #expect(try value(#""\ud800""#) == "\u{FFFD}")
        #expect(try value(#""a\uDC00b""#) == "a\u{FFFD}b")
        #expect(try value(#""\ud83d\ud83d\ude00""#) == "\u{FFFD}😀")
        #expect(try value(#""\ud83d\u0041""#) == "\u{FFFD}A")
        #expect(try value(#""\\ud800 \ud800""#) == "\\ud800 \u{FFFD}")
        #expect(try value(#"{"\ud800": NaN}"#).object?.keys.first == "\u{FFFD}")
        #expect(try value(#""\ud83d\ude00""#) == "😀")
    }

    @Test func nulCharacters() throws {
        #expect(try value(#""a\u0000b""#) == "a\0b")
        let node = try document(#"{"a\u0000b": 1, "\u0000": 2, "ab": 3, "c\u0000\ud800": "\u0000", "": 4}"#).root
        #expect(node.keys == ["a\0b", "\0", "ab", "c\0\u{FFFD}", ""])
        #expect(node["a\0b"]?.integer == 1)
        #expect(node["\0"]?.integer == 2)
        #expect(node["ab"]?.integer == 3)
        #expect(node["c\0\u{FFFD}"]?.string == "\0")
        #expect(node[""]?.integer == 4)
        #expect(try decoded([String: JSONValue].self, #"{"\u0000a": NaN, "b": 1}"#)["\0a"]?.double?.isNaN == true)
    }

    @Test func lastOfDuplicateNamesCountsAtTheFirstPlace() throws {
        let node = try document(#"{"a": 1, "b": 2, "a": 3}"#).root
        #expect(node.keys == ["a", "b"])
        #expect(node["a"]?.integer == 3)
        #expect(node.count == 2)
        #expect(try value(#"{"a\u0000": 1, "a\u0000": 2}"#) == ["a\0": 2])
    }

    @Test func namesOfOtherNormalFormDoNotTrap() throws {
        let node = try document("{\"\u{E9}\": 1, \"e\u{301}\": 2}").root
        #expect(node.count == 2)
        #expect(node.value.object?.count == 1)
        #expect(node.value["\u{E9}"] == 2)
    }
}

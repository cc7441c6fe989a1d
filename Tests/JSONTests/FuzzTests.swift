import JSON
import Testing

@Suite("Mutated texts")
struct FuzzTests {
    /// SplitMix64: the same mutations in every run.
    struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
            return value ^ value >> 31
        }
    }

    static let seeds = [
        #"[[1, 1], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"#,
        #"[[], {"when": {"__type__": "datetime", "__value__": "2024-01-02T03:04:05.678901+00:00"}}, {"chain": []}]"#,
        #"{"a\u0000b": [NaN, -Infinity, 1e999, -0.0, 123456789012345678901234567890], "\ud800": "\ud83d\ude00é"}"#,
        #"{"status": "SUCCESS", "result": [0.1, -1.5e-7, true, false, null, ""], "x": {"y": {"z": [[[{}]]]}}}"#,
    ]
    static let splices = [
        "NaN", "Infinity", "-Infinity", "\\ud800", "\\udc00", "\\u0000", "\"", "\\", "{", "}", "[", "]", ":", ",",
        "1e999", "99999999999999999999", "-", "0", "\u{FEFF}", "é", "\n", "null", "\\u00", "9223372036854775808",
    ]

    @Test(arguments: seeds)
    func whatParsesIsWrittenAndParsesEqual(seed: String) throws {
        var random = Random(state: UInt64(seed.utf8.count))
        var parsed = 0
        for _ in 0..<2_000 {
            var bytes = Array(seed.utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) { mutate(&bytes, &random) }
            let document: JSONDocument
            do {
                document = try JSONDocument(bytes, limits: JSONLimits(maxDepth: 12))
            } catch {
                #expect((error.line ?? 0) > 0)
                continue
            }
            parsed += 1
            let value = document.root.value
            let again = try JSONValue(parsing: value.serialized())
            #expect(isSame(value, again), "\(text(bytes))")
            #expect(isSame(value, try document.root.decode(JSONValue.self)))
            #expect(try JSONEncoder().encode(value) == value.serialized())
            _ = try? document.root.decode(DecodingTests.Tree.self)
            _ = try? document.root.decode([[Int]].self)
        }
        #expect(parsed > 100)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout Random) {
        let place = Int.random(in: 0...bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where place < bytes.count: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 1 where place < bytes.count: bytes.remove(at: place)
        case 2:
            let end = min(place + Int.random(in: 0..<20, using: &random), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
        case 3 where place > 1 && Int.random(in: 0..<8, using: &random) == 0: bytes.removeSubrange(place...)
        default:
            let splice = Self.splices[Int.random(in: 0..<Self.splices.count, using: &random)]
            bytes.insert(contentsOf: splice.utf8, at: place)
        }
    }
}

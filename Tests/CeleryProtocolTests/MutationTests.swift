import BrokerModel
import CeleryProtocol
import JSON
import Testing

/// Damaged messages end as a payload or as an `InvalidMessage`, never otherwise.
@Suite("Mutations")
struct MutationTests {
    private let decoder = PayloadDecoder(maxBytes: 1 << 20, limits: JSONLimits(maxDepth: 64))

    /// The same numbers in each run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    private static let values: [FieldValue] = [
        .void, .bool(true), .int8(-1), .int64(.min), .uint64(.max), .double(.nan), .double(.infinity), .float(1.5),
        .decimal(scale: 200, unscaled: 1), .string(""), .string("2026-13-45T99:99:99+99:99"), .string("\u{0}"),
        .bytes([0xff, 0]), .timestamp(.max), .array([]), .array([.void, .void, .void]), .table([:]),
        .array([.double(-.infinity), .uint64(.max)]), .string(String(repeating: "9", count: 5000)),
    ]

    @Test("of headers and bodies are judged without harm")
    func mutations() throws {
        var generator = Generator(state: 20_261_123)
        let names = ["plain", "kwargs", "full", "links", "chain", "types", "stamped", "gzip", "bzip2", "lzma"]
        let messages =
            try names.map { try Vectors.message("v2_\($0)") }
            + ["plain", "full"].map { try Vectors.message("v1_\($0)") }
        var refused = 0
        var taken = 0
        for _ in 0..<6000 {
            guard var message = messages.randomElement(using: &generator) else { break }
            mutate(&message, &generator)
            do throws(InvalidMessage) {
                try judge(message)
                taken += 1
            } catch {
                refused += 1
                #expect(!error.message.isEmpty && error.message.utf8.count < 2000)
            }
        }
        #expect(refused > 1000)
        #expect(taken > 1000)
    }

    private func mutate(_ message: inout IncomingMessage, _ generator: inout Generator) {
        let entries = message.properties.headers?.entries ?? []
        if Bool.random(using: &generator), let index = entries.indices.randomElement(using: &generator) {
            let value = Self.values.randomElement(using: &generator) ?? .void
            message.properties.headers?.entries[index].value = value
        }
        for _ in 0..<Int.random(in: 0...2, using: &generator) where !message.body.isEmpty {
            let index = Int.random(in: message.body.indices, using: &generator)
            switch UInt8.random(in: 0...3, using: &generator) {
            case 0: message.body[index] = UInt8.random(in: .min ... .max, using: &generator)
            case 1: message.body.remove(at: index)
            case 2: message.body.insert(Array("{}[],\":0n\\".utf8)[index % 10], at: index)
            default: message.body.removeSubrange(index...)
            }
        }
    }

    private func judge(_ message: IncomingMessage) throws(InvalidMessage) {
        var headers = try TaskHeaders(properties: message.properties)
        if headers == nil {
            _ = try decoder.decodeProtocolOne(body: message.body, properties: message.properties)
            return
        }
        let payload = try decoder.decode(body: message.body, properties: message.properties, headers: headers)
        if payload.isHybrid { try headers?.adoptHybridDefaults(payload.document.root) }
        _ = PythonRepr.safeRepr(args: payload.args)
        _ = PythonRepr.safeRepr(payload.kwargs)
    }
}

import Compression
import Testing

@Suite("Compression")
struct CompressionTests {
    static let body = Array(PythonVectors.body.utf8)

    @Test(arguments: PythonVectors.ofBody)
    func readsWhatPythonWrote(vector: PythonVectors.Vector) throws {
        let result = try Compression.decompress(vector.bytes, with: vector.codec, limit: Self.body.count)
        #expect(result == Self.body)
    }

    @Test(arguments: PythonVectors.ofNothing)
    func readsNothing(vector: PythonVectors.Vector) throws {
        #expect(try Compression.decompress(vector.bytes, with: vector.codec, limit: 0).isEmpty)
    }

    @Test(arguments: Codec.allCases)
    func writesWhatItReads(codec: Codec) throws {
        // Beyond every buffer, and not just one repeated byte.
        var state: UInt32 = 1
        let large = (0..<700_000).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 28)
        }
        for bytes in [[], [0], Self.body, large] {
            let compressed = try Compression.compress(bytes, with: codec)
            #expect(try Compression.decompress(compressed, with: codec, limit: bytes.count) == bytes)
            #expect(bytes.count < 1_000 || compressed.count < bytes.count)
        }
    }

    @Test(arguments: PythonVectors.ofBody)
    func stopsAtTheLimit(vector: PythonVectors.Vector) throws {
        for limit in [Self.body.count - 1, 1, 0, -1] {
            let error = try #require(throws: CompressionError.self) {
                try Compression.decompress(vector.bytes, with: vector.codec, limit: limit)
            }
            #expect(error.code == .limitExceeded)
            #expect(error.codec == vector.codec)
        }
    }

    @Test(arguments: PythonVectors.ofBody)
    func refusesEveryTruncation(vector: PythonVectors.Vector) throws {
        for count in 0..<vector.bytes.count {
            // Python's bz2 gives nothing for nothing.
            if vector.codec == .bzip2, count == 0 { continue }
            let error = try #require(throws: CompressionError.self, "\(count) bytes") {
                try Compression.decompress(Array(vector.bytes.prefix(count)), with: vector.codec, limit: 1_000)
            }
            #expect(error.code == .truncated)
        }
    }

    @Test(arguments: PythonVectors.ofBody)
    func survivesEveryDamage(vector: PythonVectors.Vector) throws {
        var refused = 0
        for index in vector.bytes.indices {
            for bit in 0..<8 {
                var bytes = vector.bytes
                bytes[index] ^= 1 << UInt8(bit)
                do {
                    let result = try Compression.decompress(bytes, with: vector.codec, limit: 10_000)
                    #expect(result.count <= 10_000)
                } catch {
                    refused += 1
                    #expect(error.codec == vector.codec)
                    #expect(!error.message.isEmpty)
                }
            }
        }
        #expect(refused > 0)
    }

    @Test(arguments: Codec.allCases)
    func refusesWhatIsNone(codec: Codec) throws {
        let error = try #require(throws: CompressionError.self) {
            try Compression.decompress(Array("[[1, 1], {}, {\"chain\": null}]".utf8), with: codec, limit: 1_000)
        }
        #expect(error.code == .corrupt)
        #expect(error.libraryCode != nil)
        #expect(error.description.contains("\(codec)"))
    }

    @Test func refusesTheGzipContainer() throws {
        let error = try #require(throws: CompressionError.self) {
            try Compression.decompress(PythonVectors.gzip, with: .zlib, limit: 1_000)
        }
        #expect(error.code == .corrupt)
        #expect(error.message == "data error")
    }

    @Test func whatFollowsTheStreamIsAsInPython() throws {
        func decompressed(_ codec: Codec, _ parts: [UInt8]...) throws -> [UInt8] {
            try Compression.decompress(parts.flatMap { $0 }, with: codec, limit: 100)
        }
        let junk = Array("junk".utf8)
        func packed(_ text: String, _ codec: Codec) throws -> [UInt8] {
            try Compression.compress(Array(text.utf8), with: codec)
        }
        let (a, b) = (Array("a".utf8), Array("b".utf8))
        #expect(try decompressed(.zlib, packed("a", .zlib), junk) == a)
        #expect(try decompressed(.zlib, packed("a", .zlib), packed("b", .zlib)) == a)
        for codec in [Codec.bzip2, .xz] {
            #expect(try decompressed(codec, packed("a", codec), packed("b", codec)) == a + b)
            #expect(try decompressed(codec, packed("a", codec), packed("b", codec), junk) == a + b)
            let start = try Array(packed("b", codec).dropLast(2))
            let error = try #require(throws: CompressionError.self) {
                try decompressed(codec, packed("a", codec), start)
            }
            #expect(error.code == .truncated)
        }
        // Zeros could be the start of an old .lzma stream.
        let padding = try #require(throws: CompressionError.self) {
            try decompressed(.xz, packed("a", .xz), [0, 0, 0, 0])
        }
        #expect(padding.code == .truncated)
        #expect(try decompressed(.zstd, packed("a", .zstd), packed("b", .zstd)) == a + b)
        let error = try #require(throws: CompressionError.self) { try decompressed(.zstd, packed("a", .zstd), junk) }
        #expect(error.code == .trailingBytes)
        #expect(try decompressed(.bzip2).isEmpty)
    }

    @Test func hugeDictionariesAreRefused() throws {
        // A .lzma header that asks for 1 GiB.
        let header: [UInt8] = [0x5D, 0, 0, 0, 0x40] + Array(repeating: 0xFF, count: 8) + [0, 0, 0, 0, 0, 0]
        let error = try #require(throws: CompressionError.self) {
            try Compression.decompress(header, with: .xz, limit: 1_000)
        }
        #expect(error.code == .outOfMemory)
        #expect(error.message.contains("128 MiB"))
        // A frame header with a window of 2^41 bytes.
        let frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xF8, 0x01, 0x00, 0x00]
        let window = try #require(throws: CompressionError.self) {
            try Compression.decompress(frame, with: .zstd, limit: 1_000)
        }
        #expect(window.code == .outOfMemory)
    }
}

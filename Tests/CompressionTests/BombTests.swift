import Compression
import Glibc
import Testing

@Suite("Bombs", .serialized)
struct BombTests {
    /// The start of a zlib stream up to its first flush.
    private static let zlibHeader = PythonVectors.bytes("78da000000ffff")

    /// 256 KiB of zeros between two full flushes of zlib, so that it can be repeated.
    private static let zlibBlock = PythonVectors.bytes(
        "ecc13101000000c2a0f54fed6d07a0000000000000000000000000000000000000000000000000000000000000000000"
            + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000de000000ffff"
    )

    /// A stream, or several, of 1 GiB of zeros.
    private func bomb(_ codec: Codec) throws -> [UInt8] {
        if codec == .zlib { return Self.zlibHeader + repeatElement(Self.zlibBlock, count: 4_096).joined() }
        let stream = try Compression.compress([UInt8](repeating: 0, count: 16 << 20), with: codec)
        return Array(repeatElement(stream, count: 64).joined())
    }

    private func peakKilobytes() -> Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }

    @Test(arguments: Codec.allCases)
    func stopAtTheLimitWithoutBeingAllocated(codec: Codec) throws {
        let bomb = try bomb(codec)
        #expect(bomb.count < 2_000_000)
        let before = peakKilobytes()
        let error = try #require(throws: CompressionError.self) {
            try Compression.decompress(bomb, with: codec, limit: 20 << 20)
        }
        #expect(error.code == .limitExceeded)
        #expect(peakKilobytes() - before < 200_000)
    }
}

import CCompression

extension Compression {
    /// Compresses at the level that Python's modules take by default.
    ///
    /// - Throws: `CompressionError`: no memory, or more than 4 GiB for bzip2.
    public static func compress(_ bytes: [UInt8], with codec: Codec) throws(CompressionError) -> [UInt8] {
        switch codec {
        case .zlib: try zlib(bytes)
        case .bzip2: try bzip2(bytes)
        case .xz: try xz(bytes)
        case .zstd: try zstd(bytes)
        }
    }

    private static func zlib(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        var result = Z_OK
        let output = compressed(bytes, capacity: Int(compressBound(UInt(bytes.count)))) { input, output in
            var count = UInt(output.count)
            result = CCompression.compress(
                output.assumingMemoryBound(to: UInt8.self).baseAddress,
                &count,
                input.assumingMemoryBound(to: UInt8.self).baseAddress,
                UInt(input.count)
            )
            return Int(count)
        }
        guard result == Z_OK else { throw failure(.zlib, Int(result), isMemory: result == Z_MEM_ERROR) }
        return output
    }

    private static func bzip2(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        // libbz2's own bound: 1 % and 600 bytes more.
        let capacity = bytes.count + bytes.count / 100 + 600
        guard capacity <= UInt32.max else {
            throw CompressionError(code: .failed, codec: .bzip2, message: "more than 4 GiB")
        }
        var result = BZ_OK
        let output = compressed(bytes, capacity: capacity) { input, output in
            var count = UInt32(output.count)
            result = BZ2_bzBuffToBuffCompress(
                output.assumingMemoryBound(to: CChar.self).baseAddress,
                &count,
                UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: CChar.self).baseAddress),
                UInt32(input.count),
                9,
                0,
                0
            )
            return Int(count)
        }
        guard result == BZ_OK else { throw failure(.bzip2, Int(result), isMemory: result == BZ_MEM_ERROR) }
        return output
    }

    private static func xz(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        var result = LZMA_OK
        let output = compressed(bytes, capacity: lzma_stream_buffer_bound(bytes.count)) { input, output in
            var count = 0
            result = lzma_easy_buffer_encode(
                6,
                LZMA_CHECK_CRC64,
                nil,
                input.assumingMemoryBound(to: UInt8.self).baseAddress,
                input.count,
                output.assumingMemoryBound(to: UInt8.self).baseAddress,
                &count,
                output.count
            )
            return count
        }
        guard result == LZMA_OK else {
            throw failure(.xz, Int(result.rawValue), isMemory: result == LZMA_MEM_ERROR)
        }
        return output
    }

    private static func zstd(_ bytes: [UInt8]) throws(CompressionError) -> [UInt8] {
        var result = 0
        let output = compressed(bytes, capacity: ZSTD_compressBound(bytes.count)) { input, output in
            result = ZSTD_compress(output.baseAddress, output.count, input.baseAddress, input.count, 3)
            return ZSTD_isError(result) == 0 ? result : 0
        }
        if ZSTD_isError(result) != 0 { throw ZstdStream.error(result) }
        return output
    }

    /// Runs a one-shot call of a library, whose result is the number of bytes written.
    private static func compressed(
        _ bytes: [UInt8],
        capacity: Int,
        _ call: (UnsafeRawBufferPointer, UnsafeMutableRawBufferPointer) -> Int
    ) -> [UInt8] {
        bytes.withUnsafeBytes { input in
            [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let output = UnsafeMutableRawBufferPointer(buffer)
                count = min(call(input, UnsafeMutableRawBufferPointer(rebasing: output[..<capacity])), capacity)
            }
        }
    }

    private static func failure(_ codec: Codec, _ libraryCode: Int, isMemory: Bool) -> CompressionError {
        CompressionError(
            code: isMemory ? .outOfMemory : .failed,
            codec: codec,
            message: "compression failed",
            libraryCode: libraryCode
        )
    }
}

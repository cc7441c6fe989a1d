import CCompression

/// One bzip2 stream.
struct Bzip2Stream: DecompressionStream, ~Copyable {
    private let state = UnsafeMutablePointer<bz_stream>.allocate(capacity: 1)

    init() throws(CompressionError) {
        state.initialize(to: bz_stream())
        let result = BZ2_bzDecompressInit(state, 0, 0)
        if result != BZ_OK { throw Self.error(result) }
    }

    deinit {
        BZ2_bzDecompressEnd(state)
        state.deallocate()
    }

    mutating func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Progress {
        let available = (input: UInt32(clamping: input.count), output: UInt32(clamping: output.count))
        state.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: CChar.self).baseAddress)
        state.pointee.avail_in = available.input
        state.pointee.next_out = output.assumingMemoryBound(to: CChar.self).baseAddress
        state.pointee.avail_out = available.output
        let result = BZ2_bzDecompress(state)
        guard result == BZ_OK || result == BZ_STREAM_END else { throw Self.error(result) }
        return Progress(
            taken: Int(available.input - state.pointee.avail_in),
            written: Int(available.output - state.pointee.avail_out),
            isAtEnd: result == BZ_STREAM_END
        )
    }

    static func error(_ result: Int32) -> CompressionError {
        let (code, message): (CompressionError.Code, String) =
            switch result {
            case BZ_DATA_ERROR: (.corrupt, "the data does not match its checksum")
            case BZ_DATA_ERROR_MAGIC: (.corrupt, "no bzip2 stream")
            case BZ_MEM_ERROR: (.outOfMemory, "no memory")
            default: (.failed, "libbz2 failed")
            }
        return CompressionError(code: code, codec: .bzip2, message: message, libraryCode: Int(result))
    }
}

import CCompression

/// One xz stream, or one of the older `.lzma` form.
struct XZStream: DecompressionStream, ~Copyable {
    /// What `xz -9` needs, twice; the format itself allows 4 GiB.
    static let memoryLimit: UInt64 = 128 << 20

    private let state = UnsafeMutablePointer<lzma_stream>.allocate(capacity: 1)

    init() throws(CompressionError) {
        state.initialize(to: lzma_stream())
        let result = lzma_auto_decoder(state, Self.memoryLimit, 0)
        if result != LZMA_OK { throw Self.error(result) }
    }

    deinit {
        lzma_end(state)
        state.deallocate()
    }

    mutating func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Progress {
        state.pointee.next_in = input.assumingMemoryBound(to: UInt8.self).baseAddress
        state.pointee.avail_in = input.count
        state.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
        state.pointee.avail_out = output.count
        let result = lzma_code(state, LZMA_RUN)
        // LZMA_BUF_ERROR says only that there was nothing to do.
        guard result == LZMA_OK || result == LZMA_STREAM_END || result == LZMA_BUF_ERROR else {
            throw Self.error(result)
        }
        return Progress(
            taken: input.count - state.pointee.avail_in,
            written: output.count - state.pointee.avail_out,
            isAtEnd: result == LZMA_STREAM_END
        )
    }

    static func error(_ result: lzma_ret) -> CompressionError {
        let (code, message): (CompressionError.Code, String) =
            switch result {
            case LZMA_FORMAT_ERROR: (.corrupt, "no xz stream")
            case LZMA_DATA_ERROR: (.corrupt, "the data is damaged")
            case LZMA_OPTIONS_ERROR: (.corrupt, "the stream uses options that liblzma does not know")
            case LZMA_MEMLIMIT_ERROR: (.outOfMemory, "the stream needs more than \(memoryLimit >> 20) MiB")
            case LZMA_MEM_ERROR: (.outOfMemory, "no memory")
            default: (.failed, "liblzma failed")
            }
        return CompressionError(code: code, codec: .xz, message: message, libraryCode: Int(result.rawValue))
    }
}

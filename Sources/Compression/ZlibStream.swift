import CCompression

/// RFC 1950.
struct ZlibStream: DecompressionStream, ~Copyable {
    private let state = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)

    init() throws(CompressionError) {
        state.initialize(to: z_stream())
        let result = inflateInit_(state, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        if result != Z_OK { throw Self.error(result) }
    }

    deinit {
        inflateEnd(state)
        state.deallocate()
    }

    mutating func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Progress {
        let available = (input: UInt32(clamping: input.count), output: UInt32(clamping: output.count))
        state.pointee.next_in = UnsafeMutablePointer(mutating: input.assumingMemoryBound(to: UInt8.self).baseAddress)
        state.pointee.avail_in = available.input
        state.pointee.next_out = output.assumingMemoryBound(to: UInt8.self).baseAddress
        state.pointee.avail_out = available.output
        let result = inflate(state, Z_NO_FLUSH)
        // Z_BUF_ERROR says only that there was nothing to do.
        guard result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR else { throw Self.error(result) }
        return Progress(
            taken: Int(available.input - state.pointee.avail_in),
            written: Int(available.output - state.pointee.avail_out),
            isAtEnd: result == Z_STREAM_END
        )
    }

    private static func error(_ result: Int32) -> CompressionError {
        let code: CompressionError.Code =
            switch result {
            case Z_DATA_ERROR, Z_NEED_DICT: .corrupt
            case Z_MEM_ERROR: .outOfMemory
            default: .failed
            }
        return CompressionError(
            code: code,
            codec: .zlib,
            message: String(cString: zError(result)),
            libraryCode: Int(result)
        )
    }
}

import CCompression

/// One Zstandard frame; libzstd itself refuses windows beyond 128 MiB.
struct ZstdStream: DecompressionStream, ~Copyable {
    private let context: OpaquePointer

    init() throws(CompressionError) {
        guard let context = ZSTD_createDCtx() else {
            throw CompressionError(code: .outOfMemory, codec: .zstd, message: "no memory")
        }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    mutating func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Progress {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let result = ZSTD_decompressStream(context, &target, &source)
        if ZSTD_isError(result) != 0 { throw Self.error(result) }
        return Progress(taken: source.pos, written: target.pos, isAtEnd: result == 0)
    }

    static func error(_ result: Int) -> CompressionError {
        let number = ZSTD_getErrorCode(result)
        let code: CompressionError.Code =
            switch number {
            case ZSTD_error_memory_allocation, ZSTD_error_frameParameter_windowTooLarge: .outOfMemory
            case ZSTD_error_prefix_unknown, ZSTD_error_version_unsupported, ZSTD_error_corruption_detected,
                ZSTD_error_checksum_wrong, ZSTD_error_frameParameter_unsupported, ZSTD_error_dictionary_wrong,
                ZSTD_error_dictionary_corrupted, ZSTD_error_srcSize_wrong:
                .corrupt
            default: .failed
            }
        return CompressionError(
            code: code,
            codec: .zstd,
            message: String(cString: ZSTD_getErrorName(result)),
            libraryCode: Int(number.rawValue)
        )
    }
}

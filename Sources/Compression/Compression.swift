/// Whole messages in, whole messages out.
public enum Compression {
    /// Decompresses what Python's `zlib.decompress`, `bz2.decompress`, `lzma.decompress` or `zstd.decompress` would.
    ///
    /// What follows the stream is treated as there: zlib ignores it; bzip2 and xz go on with further streams and
    /// ignore what is none; zstd goes on with further frames and refuses what is none. Empty bzip2 input is empty
    /// output; for the others it is truncated.
    ///
    /// - Parameter limit: the most bytes that may come out. Beside the output (and its growth by doubling) the work
    ///   takes 64 KiB and the codec's window: 128 MiB at most, of which only what the data fills is really used.
    /// - Throws: `CompressionError`, as soon as the limit is passed and without having allocated more than that.
    public static func decompress(
        _ bytes: [UInt8],
        with codec: Codec,
        limit: Int
    ) throws(CompressionError) -> [UInt8] {
        var output = BoundedOutput(codec: codec, limit: limit, inputCount: bytes.count)
        let outcome: Result<Void, CompressionError> = bytes.withUnsafeBytes { input in
            do throws(CompressionError) {
                try decompress(input, codec, &output)
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try outcome.get()
        return output.bytes
    }

    private static func decompress(
        _ input: UnsafeRawBufferPointer,
        _ codec: Codec,
        _ output: inout BoundedOutput
    ) throws(CompressionError) {
        var input = input[...]
        if input.isEmpty, codec == .bzip2 { return }
        var isFirst = true
        repeat {
            let start = output.bytes.count
            do throws(CompressionError) {
                switch codec {
                case .zlib: try output.fill(from: &input, with: ZlibStream())
                case .bzip2: try output.fill(from: &input, with: Bzip2Stream())
                case .xz: try output.fill(from: &input, with: XZStream())
                case .zstd: try output.fill(from: &input, with: ZstdStream())
                }
            } catch  where !isFirst && error.code == .corrupt {
                if codec == .zstd {
                    throw CompressionError(
                        code: .trailingBytes,
                        codec: codec,
                        message: "\(input.count) bytes after the last frame are none",
                        libraryCode: error.libraryCode
                    )
                }
                output.shrink(to: start)
                return
            }
            isFirst = false
        } while !input.isEmpty && codec != .zlib
    }
}

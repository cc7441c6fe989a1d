/// Decompressed bytes, up to a limit.
struct BoundedOutput {
    private(set) var bytes: [UInt8] = []
    private let codec: Codec
    private let limit: Int
    private let chunk: Int

    init(codec: Codec, limit: Int, inputCount: Int) {
        self.codec = codec
        self.limit = max(limit, 0)
        chunk = min(max(inputCount.multipliedReportingOverflow(by: 4).partialValue, 1_024), 65_536)
    }

    /// Appends one stream from the front of the input, and takes it off there.
    mutating func fill(
        from input: inout Slice<UnsafeRawBufferPointer>,
        with stream: consuming some DecompressionStream & ~Copyable
    ) throws(CompressionError) {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: chunk, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let progress = try stream.step(UnsafeRawBufferPointer(rebasing: input), buffer)
            input = input.dropFirst(progress.taken)
            guard progress.written <= limit - bytes.count else {
                throw CompressionError(
                    code: .limitExceeded,
                    codec: codec,
                    message: "more than \(limit) bytes come out"
                )
            }
            bytes.append(contentsOf: buffer[..<progress.written])
            if progress.isAtEnd { return }
            if progress.written == 0, progress.taken == 0 || input.isEmpty {
                throw CompressionError(code: .truncated, codec: codec, message: "the stream is cut off")
            }
        }
    }

    /// Drops what came after the first `count` bytes.
    mutating func shrink(to count: Int) { bytes.removeSubrange(count...) }
}

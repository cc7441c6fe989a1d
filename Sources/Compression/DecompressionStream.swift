/// One stream of a codec, decompressed in steps. The libraries' states point back at themselves, so each lives behind
/// a pointer that its struct owns.
protocol DecompressionStream: ~Copyable {
    /// Takes from the input and writes to the output what fits.
    ///
    /// - Returns: how many bytes were taken and written, and whether the stream ended with them.
    mutating func step(
        _ input: UnsafeRawBufferPointer,
        _ output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Progress
}

/// What one step did.
struct Progress {
    var taken: Int
    var written: Int
    var isAtEnd: Bool
}

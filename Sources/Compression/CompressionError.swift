/// Why bytes could not be compressed or decompressed.
public struct CompressionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Wrapped: String, Sendable, Hashable {
            case truncated, corrupt, trailingBytes, limitExceeded, outOfMemory, failed
        }
        private var wrapped: Wrapped
        private init(_ wrapped: Wrapped) { self.wrapped = wrapped }

        /// The input ends before the stream does.
        public static var truncated: Self { Self(.truncated) }
        /// The input is not a stream of that codec, or a damaged one.
        public static var corrupt: Self { Self(.corrupt) }
        /// Something that is no stream follows the stream.
        public static var trailingBytes: Self { Self(.trailingBytes) }
        /// The output would pass the limit.
        public static var limitExceeded: Self { Self(.limitExceeded) }
        /// The stream needs more memory than there is, or than a message may take.
        public static var outOfMemory: Self { Self(.outOfMemory) }
        /// The library refused for another reason.
        public static var failed: Self { Self(.failed) }

        public var description: String { wrapped.rawValue }
    }

    /// The kind of fault.
    public var code: Code
    /// The codec at work.
    public var codec: Codec
    /// What happened, for a person.
    public var message: String
    /// The library's own number (`Z_…`, `BZ_…`, `lzma_ret`, `ZSTD_ErrorCode`); nil when it found no fault.
    public var libraryCode: Int?

    public init(code: Code, codec: Codec, message: String, libraryCode: Int? = nil) {
        self.code = code
        self.codec = codec
        self.message = message
        self.libraryCode = libraryCode
    }

    public var description: String { "\(codec): \(message)" + (libraryCode.map { " (\($0))" } ?? "") }
}

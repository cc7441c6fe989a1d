/// The body compressions of kombu (Celery reference, 1.7).
public enum BodyCompression: String, Sendable, Hashable, CaseIterable {
    /// A zlib stream, although kombu calls it gzip.
    case zlib = "application/x-gzip"
    case bzip2 = "application/x-bz2"
    /// An xz container.
    case xz = "application/x-lzma"
    case zstd = "application/zstd"

    /// Finds a compression by its header value or one of kombu's aliases.
    public init?(name: String) {
        switch name {
        case "gzip", "zlib": self = .zlib
        case "bzip2", "bzip": self = .bzip2
        case "lzma", "xz": self = .xz
        case "zstd", "zstandard": self = .zstd
        default: self.init(rawValue: name)
        }
    }

    /// What stands in the `compression` header.
    public var headerValue: String { rawValue }
}

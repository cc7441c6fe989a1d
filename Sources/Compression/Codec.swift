/// A compression that Celery's producers use.
public enum Codec: Sendable, Hashable, CaseIterable {
    /// A zlib stream (RFC 1950), which Celery calls gzip. The gzip container (RFC 1952) is refused, as in Python.
    case zlib
    case bzip2
    /// The xz container; the older `.lzma` one is read as well, as in Python.
    case xz
    /// Zstandard frames.
    case zstd
}

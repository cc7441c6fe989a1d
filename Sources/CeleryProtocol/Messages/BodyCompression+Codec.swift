import Compression

extension BodyCompression {
    private var codec: Codec {
        switch self {
        case .zlib: .zlib
        case .bzip2: .bzip2
        case .xz: .xz
        case .zstd: .zstd
        }
    }

    /// Inflates a body by its `compression` header.
    ///
    /// - Throws: `InvalidMessage`: `undecodable` for an unknown name or damaged data, `tooLarge` beyond the limit.
    static func decompress(_ body: [UInt8], _ name: String, maxBytes: Int) throws(InvalidMessage) -> [UInt8] {
        guard let compression = BodyCompression(name: name) else {
            let shown = PythonRepr.quoted(String(name.prefix(64)))
            throw InvalidMessage(.undecodable, "Can't decode message body: unknown compression \(shown)")
        }
        do {
            return try Compression.decompress(body, with: compression.codec, limit: maxBytes)
        } catch {
            let isLarge = error.code == .limitExceeded || error.code == .outOfMemory
            throw InvalidMessage(
                isLarge ? .tooLarge : .undecodable,
                "Can't decode message body: \(error)",
                underlying: error
            )
        }
    }

    /// Compresses a body.
    func compress(_ body: [UInt8]) throws(ProtocolError) -> [UInt8] {
        do {
            return try Compression.compress(body, with: codec)
        } catch {
            throw ProtocolError(.compressionFailed, "can't compress the body: \(error)")
        }
    }
}

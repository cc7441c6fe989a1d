import CRabbitMQ
import Glibc

/// The last text read at one place of a message: messages of a queue repeat themselves, so most strings need not be
/// made anew.
struct StringMemo {
    private var bytes: [UInt8] = []
    private var text = ""

    mutating func string(_ source: amqp_bytes_t) -> String {
        let buffer = source.buffer
        // Up to 15 bytes a String allocates nothing: there is nothing to save.
        guard buffer.count > 15, let base = buffer.baseAddress else { return String(decoding: buffer, as: UTF8.self) }
        let isSame =
            buffer.count == bytes.count
            && bytes.withUnsafeBytes { known in
                guard let start = known.baseAddress else { return false }
                return memcmp(start, base, buffer.count) == 0
            }
        if !isSame {
            bytes = [UInt8](buffer)
            text = String(decoding: buffer, as: UTF8.self)
        }
        return text
    }
}

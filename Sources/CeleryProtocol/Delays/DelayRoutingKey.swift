/// The routing keys of delayed messages: 28 bits, the highest first, and behind them the key to deliver by (Celery
/// reference, 2.5).
///
/// A delay of 5 s for `q1` is `0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1.0.1.q1`.
public enum DelayRoutingKey {
    /// The longest delay in seconds, some eight and a half years.
    public static let maximumSeconds = (1 << DelayTopology.levels) - 1
    /// The longest routing key of AMQP, in bytes.
    static let maximumBytes = 255

    private static let queueWord = "queue:"
    private static let prefixBytes = 2 * DelayTopology.levels

    /// The key for a delay of whole seconds, clamped to 0…`maximumSeconds`. Bits of an earlier delay are replaced.
    public static func key(seconds: Int, to routingKey: String) -> String {
        let seconds = min(max(seconds, 0), maximumSeconds)
        var key = ""
        key.reserveCapacity(prefixBytes + routingKey.utf8.count)
        for level in (0..<DelayTopology.levels).reversed() {
            key += seconds >> level & 1 == 1 ? "1." : "0."
        }
        return key + strippingDelay(routingKey)
    }

    /// The key without the bits of a delay, if it has any.
    public static func strippingDelay(_ routingKey: String) -> Substring {
        let prefix = routingKey.utf8.prefix(prefixBytes)
        guard prefix.count == prefixBytes else { return routingKey[...] }
        for (index, byte) in prefix.enumerated() {
            let fits =
                index % 2 == 0 ? byte == UInt8(ascii: "0") || byte == UInt8(ascii: "1") : byte == UInt8(ascii: ".")
            guard fits else { return routingKey[...] }
        }
        return routingKey[prefix.endIndex...]
    }

    /// How many seconds the bits of a key say; `nil` for a key without.
    public static func seconds(_ routingKey: String) -> Int? {
        let key = strippingDelay(routingKey)
        guard key.startIndex != routingKey.startIndex else { return nil }
        return routingKey.utf8.prefix(prefixBytes).reduce(0) { seconds, byte in
            byte == UInt8(ascii: ".") ? seconds : seconds << 1 | Int(byte - UInt8(ascii: "0"))
        }
    }

    /// The word by which one queue, and no other, is reached from the delivery exchange: `queue:` and its name.
    ///
    /// It is another word than the name, and one word whatever the name: dots are percent-encoded. Else a pattern that
    /// Celery binds an exchange by, such as `#.cpu`, would also catch what is parked for the queue `cpu` or `video.cpu`,
    /// and a topic or fanout exchange would hand it to other queues as well. Only the pattern `#` still does.
    ///
    /// - Returns: `nil` when key and bits would be longer than AMQP allows, as with most names of more than 193 bytes:
    ///   nothing can be parked for such a queue.
    public static func queueKey(_ queue: String) -> String? {
        var key = queueWord
        for scalar in queue.unicodeScalars {
            switch scalar {
            case ".": key += "%2E"
            case "%": key += "%25"
            default: key.unicodeScalars.append(scalar)
            }
        }
        return prefixBytes + key.utf8.count <= maximumBytes ? key : nil
    }

    /// The queue whose word this is, see `queueKey(_:)`; `nil` if it is no such word.
    public static func queue(ofKey key: some StringProtocol) -> String? {
        guard key.hasPrefix(queueWord) else { return nil }
        let name = String(key.dropFirst(queueWord.count))
        // In this order, or an encoded percent sign would begin another code.
        return name.replacing("%2E", with: ".").replacing("%25", with: "%")
    }
}

import BrokerModel
import CeleryProtocol

extension PayloadDecoder {
    /// Reads a message's metadata: the headers of protocol 2, or the whole body of protocol 1, where they are inside it.
    ///
    /// The worker does this on the connection's thread. What a body may cost there is bounded by its size, packed and
    /// unpacked, and by the number of its values (`JSONLimits`).
    ///
    /// - Throws: `InvalidMessage`.
    func metadata(of message: IncomingMessage) throws(InvalidMessage) -> (TaskHeaders, opened: TaskPayload?) {
        if let headers = try TaskHeaders(properties: message.properties) { return (headers, nil) }
        return try decodeProtocolOne(body: message.body, properties: message.properties)
    }
}

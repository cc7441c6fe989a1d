import BrokerModel
import CeleryProtocol

extension PayloadDecoder {
    /// Reads a message's metadata: the headers of protocol 2, or the whole body of protocol 1, where they are inside it.
    ///
    /// - Throws: `InvalidMessage`.
    func metadata(of message: IncomingMessage) throws(InvalidMessage) -> (TaskHeaders, opened: TaskPayload?) {
        if let headers = try TaskHeaders(properties: message.properties) { return (headers, nil) }
        return try decodeProtocolOne(body: message.body, properties: message.properties)
    }
}

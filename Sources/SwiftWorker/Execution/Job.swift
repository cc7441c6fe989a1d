import BrokerModel
import CeleryProtocol

/// What it takes to run one task: the message and the task that it names. It has no right to settle the message, so it
/// may go to a slot, and its parts to a child process.
struct Job: Sendable {
    let envelope: TaskRequest.Envelope
    let task: RegisteredTask
    /// The decoded body of a protocol 1 message, whose name and id are inside it.
    let opened: TaskPayload?

    var id: String { envelope.headers.id }
    var headers: TaskHeaders { envelope.headers }

    /// Decodes the body of the message.
    ///
    /// - Throws: `InvalidMessage`.
    func open(by payloads: PayloadDecoder) throws(InvalidMessage) -> TaskPayload {
        if let opened { return opened }
        let message = envelope.message
        if headers.version == .one {
            return try payloads.decodeProtocolOne(body: message.body, properties: message.properties).1
        }
        return try payloads.decode(body: message.body, properties: message.properties, headers: headers)
    }

    /// Whether the message's `expires` has passed: strictly, as in Celery (reference, 3.9).
    func isExpired(at now: () -> Instant) -> Bool {
        guard let expires = headers.expires else { return false }
        return now() > expires
    }
}

public import BrokerModel
public import CeleryProtocol

/// A message from a dead-letter queue, as tools look at it.
public struct DeadLetter: Sendable {
    public let message: IncomingMessage
    public let note: DeadLetterNote
    /// `nil` when the message is no task that can be read.
    public let headers: TaskHeaders?
    /// What the task was called with; `nil` when the body can't be opened.
    public let payload: TaskPayload?

    /// - Parameter opensBody: whether the arguments are of interest. A message of protocol 1 is opened in any case.
    public init(_ message: IncomingMessage, payloads: PayloadDecoder, opensBody: Bool) {
        self.message = message
        note = DeadLetterNote(message)
        if TaskHeaders.isProtocolTwo(message.properties) {
            let headers = try? TaskHeaders(properties: message.properties)
            self.headers = headers
            payload = headers.flatMap { headers in
                opensBody
                    ? try? payloads.decode(body: message.body, properties: message.properties, headers: headers) : nil
            }
        } else {
            let opened = try? payloads.decodeProtocolOne(body: message.body, properties: message.properties)
            headers = opened?.0
            payload = opened?.1
        }
    }

    /// The queue that the message died in.
    public var queue: String? { note.queue ?? DeadLetterTopology.origin(of: message.queue) }

    /// The task's id; also of a message that is no task for another field, such as an `eta` that is no time.
    public var id: String? { headers?.id ?? message.properties.headers?["id"]?.string }

    /// The task's name, as `id`.
    public var task: String? { headers?.task ?? message.properties.headers?["task"]?.string }
}

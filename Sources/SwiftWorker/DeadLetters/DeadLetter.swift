public import BrokerModel
public import CeleryProtocol

/// A message from a dead-letter queue, as tools look at it.
public struct DeadLetter: Sendable {
    public private(set) var message: IncomingMessage
    public let note: DeadLetterNote
    /// `nil` when the message is no task that can be read.
    public let headers: TaskHeaders?
    /// What the task was called with; `nil` when the body can't be opened.
    public private(set) var payload: TaskPayload?

    /// - Parameter opensBody: whether the arguments are of interest. A message of protocol 1 is opened in any case.
    public init(_ message: IncomingMessage, payloads: PayloadDecoder, opensBody: Bool) {
        self.message = message
        note = DeadLetterNote(message)
        if let headers = try? TaskHeaders(properties: message.properties) {
            self.headers = headers
            payload =
                opensBody
                ? try? payloads.decode(body: message.body, properties: message.properties, headers: headers) : nil
        } else {
            let opened = try? payloads.decodeProtocolOne(body: message.body, properties: message.properties)
            headers = opened?.0
            payload = opened?.1
        }
    }

    /// The queue that the message died in.
    public var queue: String? { note.queue ?? DeadLetterTopology.origin(of: message.queue) }

    /// The letter without its body and what was read in it, for tools that hold many.
    public func withoutBody() -> DeadLetter {
        var letter = self
        letter.message.body = []
        letter.payload = nil
        return letter
    }
}

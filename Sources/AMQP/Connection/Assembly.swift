import BrokerModel

/// A message whose frames are still coming in.
struct Assembly {
    enum Purpose {
        case delivery(consumer: Int)
        case get
        case returned(AMQPError.Reply)
    }

    let purpose: Purpose
    let tag: UInt64
    var message: IncomingMessage
    /// Body bytes still to come; -1 before the content header.
    var remaining = -1
    /// Why the message is refused although its frames are read to the end.
    var refusal: String?
}

import BrokerModel

/// What the broker says when it closes a channel for a publish: it does not say for which. Pure.
struct PublishRefusal {
    private let text: String
    /// The most bytes that a body may have, if that is what it is about.
    private let maximumBytes: Int?

    init(_ reply: AMQPError.Reply?) {
        let text = reply?.text ?? ""
        self.text = text
        // "message size 17000000 is larger than configured max size 16777216": the last number is the limit.
        let isAboutSize = text.contains("message size ") && text.contains(" max size ")
        maximumBytes = isAboutSize ? text.split { !$0.isWholeNumber }.last.flatMap { Int($0) } : nil
    }

    /// Whether it is said of such a message.
    func concerns(_ message: OutgoingMessage) -> Bool {
        if let maximumBytes { return message.body.count > maximumBytes }
        return !message.exchange.isEmpty && text.contains("'\(message.exchange)'")
    }
}

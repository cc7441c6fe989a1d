import BrokerModel
import JSON

/// What a message of protocol 1 says of itself: everything is in its body (Celery reference, 1.8).
enum OldMessage {
    /// A text of the body; `nil` where there is none, or the body can't be read.
    static func text(_ field: String, of message: IncomingMessage) -> String? {
        guard message.properties.headers?["compression"] == nil,
            let body = try? JSONValue(parsing: message.body)
        else { return nil }
        return body[field]?.string
    }
}

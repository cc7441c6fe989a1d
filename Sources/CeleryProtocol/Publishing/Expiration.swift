/// The property `expiration`: how long the broker keeps a message, in milliseconds as text.
enum Expiration {
    /// What remains until `expires`, never below zero; `nil` for a message that does not expire.
    static func text(until expires: Instant?, now: Instant) -> String? {
        expires.map { String(max(0, ($0 - now).wholeMicroseconds / 1000)) }
    }
}

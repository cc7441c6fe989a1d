public import BrokerModel
public import CeleryProtocol

/// Moves messages into dead-letter queues and out of them again. Publish, wait for the confirm, and only then settle the
/// message that it replaces: a crash between the two leaves it twice, and never loses it.
public enum DeadLetterMessage {
    /// Why a dead letter can't be run again.
    public enum Refusal: Error, Sendable, Hashable {
        /// Nothing says where it came from, and no queue is given.
        case noQueue
        /// It has expired, and says so in its body, as protocol 1 does: a worker would acknowledge it, and not run it.
        case expired
    }

    /// The dead letter of a message: body, properties and headers as they were, with the note.
    ///
    /// Left out are the broker's expiry, which would end it, the broker's own death headers, and `user_id`. It is mandatory:
    /// where there is no dead-letter queue the publish fails, and the message must not be settled as done.
    public static func message(of message: IncomingMessage, _ note: DeadLetterNote) -> OutgoingMessage {
        var properties = message.properties
        var headers = (properties.headers ?? [:]).withoutDeathHeaders()
        note.write(into: &headers)
        properties.headers = headers
        properties.deliveryMode = 2
        properties.expiration = nil
        properties.userID = nil
        return OutgoingMessage(
            exchange: DeadLetterTopology.exchange,
            routingKey: message.queue,
            properties: properties,
            body: message.body
        )
    }

    /// The message that runs a dead letter again.
    ///
    /// It has the same body, id and root. The note is taken off, but for what the next death counts on from. An expiry that
    /// has passed is taken off as well, since somebody wants it to run now; the body's is not.
    ///
    /// - Parameters:
    ///   - queue: where to; `nil` is where it came from.
    ///   - resetsRetries: whether the task may be retried as often as a new one. It has no effect on protocol 1, where the
    ///     count is in the body.
    /// - Throws: `Refusal`, when the letter has to stay.
    public static func replay(
        _ letter: DeadLetter,
        to queue: String? = nil,
        resetsRetries: Bool = false,
        now: Instant
    ) throws(Refusal) -> OutgoingMessage {
        guard let queue = queue ?? letter.queue else { throw Refusal.noQueue }
        let isExpired = letter.headers?.expires.map { $0 < now } ?? false
        if isExpired, letter.headers?.version == .one { throw Refusal.expired }
        var properties = letter.message.properties
        properties.headers = properties.headers.map { replayed($0, resetsRetries, isExpired: isExpired) }
        properties.expiration = nil
        properties.userID = nil
        return OutgoingMessage(routingKey: queue, properties: properties, body: letter.message.body)
    }

    private static func replayed(_ headers: FieldTable, _ resetsRetries: Bool, isExpired: Bool) -> FieldTable {
        var headers = headers.withoutDeathHeaders()
        var dropped = DeadLetterNote.Header.names.subtracting(DeadLetterNote.Header.lasting.map(\.rawValue))
        dropped.insert(UnregisteredRule.header)
        if resetsRetries { dropped.insert(DeadLetterNote.Header.retries.rawValue) }
        headers.entries.removeAll { dropped.contains($0.name) }
        // For a message that has none it stays so.
        if resetsRetries, headers["retries"] != nil { headers["retries"] = .integer(0) }
        if isExpired { headers["expires"] = .void }
        return headers
    }
}

extension OutgoingMessage {
    /// Whether it is published as a dead letter.
    var isDeadLetter: Bool { exchange == DeadLetterTopology.exchange }
}

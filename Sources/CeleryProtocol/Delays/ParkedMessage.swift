public import BrokerModel

/// A message that waits in the broker instead of in a worker: taken from a queue, published into the delay queues, and
/// delivered to that queue again when its time has come.
///
/// Publish it, wait for the confirm, and only then ack the delivery. A crash between the two runs the task twice, and
/// never loses it.
public enum ParkedMessage {
    /// How long a message may be parked so as to arrive by `time`: whole seconds, rounded down, so that it comes up to a
    /// second early and never late; the rest is waited for in memory. A longer delay than the broker's is cut: the
    /// message is parked once more when it arrives.
    ///
    /// - Returns: `nil` for less than a second.
    public static func seconds(until time: Instant, now: Instant) -> Int? {
        let microseconds = (time - now).wholeMicroseconds
        guard microseconds >= 1_000_000 else { return nil }
        return Int(min(microseconds / 1_000_000, Int64(DelayRoutingKey.maximumSeconds)))
    }

    /// The message that parks a delivery for so many seconds.
    ///
    /// Body and headers are the delivery's, `eta` and `expires` included; the broker's death headers are dropped. So is
    /// the property `expiration`, which would let it fall out of the delay early: `expires` is looked at when it arrives.
    /// It is persistent.
    ///
    /// - Returns: `nil` when the queue's name is too long, see `DelayRoutingKey.queueKey(_:)`: then it can't be parked.
    public static func message(parking message: IncomingMessage, seconds: Int) -> OutgoingMessage? {
        guard let key = DelayRoutingKey.queueKey(message.queue) else { return nil }
        return OutgoingMessage(
            exchange: DelayTopology.entryExchange(seconds: seconds),
            routingKey: DelayRoutingKey.key(seconds: seconds, to: key),
            properties: message.properties.forAnotherQueue(),
            body: message.body
        )
    }

    /// The message that parks a task which is about to be published, for example a retry, until its ETA.
    ///
    /// - Parameter queue: the one that it is for, by the default exchange.
    /// - Returns: `nil` as above.
    public static func message(parking message: OutgoingMessage, for queue: String, seconds: Int) -> OutgoingMessage? {
        guard let key = DelayRoutingKey.queueKey(queue) else { return nil }
        var parked = message
        parked.exchange = DelayTopology.entryExchange(seconds: seconds)
        parked.routingKey = DelayRoutingKey.key(seconds: seconds, to: key)
        parked.properties = message.properties.forAnotherQueue()
        return parked
    }
}

extension MessageProperties {
    /// The properties for a message that is moved: persistent, without the broker's death headers, without an expiry of
    /// the broker, and without `user_id`, which a broker refuses from any user but that one.
    func forAnotherQueue() -> MessageProperties {
        var properties = self
        properties.headers = headers?.withoutDeathHeaders()
        properties.deliveryMode = 2
        properties.expiration = nil
        properties.userID = nil
        return properties
    }
}

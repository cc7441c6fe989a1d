public import BrokerModel
import JSON

/// Reads the messages of the event exchange: an event alone, or many of tasks as `task.multi` (Celery reference, 6.4).
public struct EventReader: Sendable {
    /// How large a message may be, in bytes, before and after it is decompressed.
    public static let maximumBytes = 16 << 20
    /// How many events of a message are read; Celery sends some dozens at once.
    public static let maximumEvents = 10_000

    /// What a message holds.
    public struct Reading: Sendable, Hashable {
        /// In their order.
        public var events: [ReceivedEvent] = []
        /// How many events, or whole messages, are none and were left out.
        public var skipped = 0
        /// Why the first of these was.
        public var problem: String?

        mutating func skip(_ count: Int, _ problem: String) {
            skipped += count
            if self.problem == nil { self.problem = problem }
        }
    }

    private let decoder = PayloadDecoder(maxBytes: EventReader.maximumBytes)

    public init() {}

    /// Reads a message. What is no event is counted, and never ends the rest.
    public func read(_ message: IncomingMessage) -> Reading {
        var reading = Reading()
        let root: JSONValue
        do {
            let compression = message.properties.headers?["compression"]?.text
            root = try decoder.parse(message.body, message.properties, compression).root.value
        } catch {
            reading.skip(1, error.message)
            return reading
        }
        let values = root.array ?? [root]
        for value in values.prefix(Self.maximumEvents) {
            do {
                reading.events.append(try ReceivedEvent(value))
            } catch {
                reading.skip(1, error.message)
            }
        }
        if values.count > Self.maximumEvents {
            reading.skip(
                values.count - Self.maximumEvents,
                "a message has \(Self.maximumEvents) events at most, not \(values.count)"
            )
        }
        return reading
    }
}

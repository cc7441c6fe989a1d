public import BrokerModel
import JSON

/// The message that is published when a task is to be retried (Celery reference, 3.8): the same task with the same id,
/// one retry more, in protocol 2.
///
/// Everything else stays: group, chain, chord and links, stamps, the caller's own headers, priority, limits, expiry and
/// the reader's queue. The body keeps its bytes, compression included, unless the arguments change or the message came
/// in protocol 1 or as a hybrid. Publish it, wait for the confirm, and only then settle the message that it replaces.
///
/// It is what Celery's own worker publishes, recorded in `Tests/CeleryProtocolTests/Vectors/retries.json`, but for this:
///
/// | of the message | Celery 5.7 | here |
/// |---|---|---|
/// | `argsrepr`, `kwargsrepr` | computed anew, so that what a producer has hidden shows up in events | kept, unless the arguments change |
/// | compression | given up | kept with the body |
/// | own headers named like a field of Python's context (`hostname`, `utc` …) | lost | kept |
/// | `x-delivery-count`, `x-acquired-count` | kept | stripped, see `DeathHeaders` |
/// | `correlation_id` | the task's id | kept |
/// | `reply_to` that is missing | the worker's own queue | stays missing |
/// | protocol 1: `group_index`, `taskset` | lost | kept |
/// | protocol 1 and hybrids | an extra header `meth` | none |
/// | a delayed message (`celery_delayed_…`) | lost in another queue | back into its queue |
public struct RetryMessage: Sendable {
    let message: IncomingMessage
    let headers: TaskHeaders
    public var changes: RetryChanges
    /// For a message that names no publisher: this node, `gen<pid>@<host>`.
    public var origin: String
    /// Whether nobody wants the result, as worked out by the worker; `nil` leaves the message's own word. Celery writes
    /// what its task says into a message that leaves the choice to the task.
    public var ignoreResult: Bool?
    /// The offset of the application's time zone, in seconds, for writing `eta` and `expires`.
    public var utcOffset = 0

    /// - Parameter headers: of the message, as read by `TaskHeaders` or `PayloadDecoder.decodeProtocolOne`.
    public init(
        of message: IncomingMessage,
        headers: TaskHeaders,
        changes: RetryChanges = RetryChanges(),
        origin: String
    ) {
        self.message = message
        self.headers = headers
        self.changes = changes
        self.origin = origin
    }

    /// Makes the message.
    ///
    /// - Parameters:
    ///   - now: for the broker's expiry, which is what remains of `expires`.
    ///   - payloads: opens a body that can't be sent as it is: where arguments change or reprs are missing, where it is
    ///     compressed, and in protocol 1.
    /// - Throws: `InvalidMessage` when the body had to be opened, and can't.
    public func message(now: Instant, payloads: PayloadDecoder) throws(InvalidMessage) -> OutgoingMessage {
        var headers = headers
        let payload = try openIfNeeded(payloads)
        if let payload, payload.isHybrid { try headers.adoptHybridDefaults(payload.document.root) }
        let rebuilt = payload.flatMap { rebuiltBody($0) }
        var table = RetryHeaders(message: self, headers: headers, payload: payload).table()
        if rebuilt != nil { table["compression"] = nil }
        let old = message.properties
        let route = changes.route ?? MessageRoute(backFrom: message)
        let properties = MessageProperties(
            contentType: rebuilt == nil ? old.contentType : ContentType.json,
            contentEncoding: rebuilt == nil ? old.contentEncoding : "utf-8",
            headers: table,
            deliveryMode: 2,
            priority: changes.priority ?? old.priority ?? 0,
            correlationID: old.correlationID ?? headers.id,
            replyTo: old.replyTo,
            expiration: Expiration.text(until: changes.expires ?? headers.expires, now: now)
        )
        return OutgoingMessage(
            exchange: route.exchange,
            routingKey: route.routingKey,
            properties: properties,
            body: rebuilt ?? message.body
        )
    }

    private var changesArguments: Bool { changes.args != nil || changes.kwargs != nil }

    private func openIfNeeded(_ payloads: PayloadDecoder) throws(InvalidMessage) -> TaskPayload? {
        if headers.version == .one {
            return try payloads.decodeProtocolOne(body: message.body, properties: message.properties).1
        }
        let isPlainArray = headers.compression == nil && message.body.first { !RetryMessage.isSpace($0) } == 0x5b
        let hasReprs = headers.argsRepr != nil && headers.kwargsRepr != nil
        if isPlainArray, hasReprs, !changesArguments { return nil }
        return try payloads.decode(body: message.body, properties: message.properties, headers: headers)
    }

    /// `[args, kwargs, embed]` anew; `nil` when the body can go as it came.
    private func rebuiltBody(_ payload: TaskPayload) -> [UInt8]? {
        guard headers.version == .one || payload.isHybrid || changesArguments else { return nil }
        let args = changes.args.map(JSONValue.array) ?? payload.args.value
        let kwargs = changes.kwargs.map(JSONValue.object) ?? payload.kwargs.value
        return JSONValue.array([args, kwargs, payload.embed.jsonValue]).serialized()
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d
    }
}

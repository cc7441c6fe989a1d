public import BrokerModel
public import JSON
public import OrderedCollections

/// One worker's answer to a request (Celery reference, 7.3).
public struct ControlReply: Sendable, Hashable {
    /// The worker's node name.
    public var node: String
    /// `{"ok": …}`, `{"error": …}`, or what the command answers.
    public var value: JSONValue

    public init(node: String, _ value: JSONValue) {
        self.node = node
        self.value = value
    }

    /// The message to who asked; `nil` when nobody did.
    ///
    /// The exchange has to be declared first, see `ControlMailbox.replyExchange`. It is not mandatory: who asked may be
    /// gone.
    ///
    /// - Parameter clock: the mailbox's logical clock.
    public func message(to request: ControlRequest, clock: Int) -> OutgoingMessage? {
        guard let address = request.replyTo else { return nil }
        let headers: FieldTable = [
            "ticket": request.ticket.map(FieldValue.string) ?? .void, "clock": .integer(clock),
        ]
        return OutgoingMessage(
            exchange: address.exchange,
            routingKey: address.routingKey,
            properties: MessageProperties(
                contentType: ContentType.json,
                contentEncoding: "utf-8",
                headers: headers,
                deliveryMode: 1,
                priority: 0
            ),
            body: JSONValue.object([node: value]).serialized(),
            isMandatory: false
        )
    }

    /// Reads the replies of a message, most often one.
    ///
    /// - Parameter ticket: of the request; replies to another one are left out. One without a ticket is taken.
    /// - Throws: `InvalidMessage` when it can't be decoded.
    public static func read(_ message: IncomingMessage, ticket: String) throws(InvalidMessage) -> [ControlReply] {
        if let other = message.properties.headers?["ticket"]?.text, other != ticket { return [] }
        let decoder = PayloadDecoder(maxBytes: ControlRequest.maximumBytes)
        let compression = message.properties.headers?["compression"]?.text
        let root = try decoder.parse(message.body, message.properties, compression).root.value
        guard let members = root.object else {
            throw InvalidMessage(.invalidField, "a control reply is an object of replies by node")
        }
        return members.map { ControlReply(node: $0.key, $0.value) }
    }
}

extension ControlReply {
    /// The value that says that a command was done.
    public static func ok(_ text: String) -> JSONValue { ["ok": .string(text)] }

    /// The value that says that it was not.
    public static func error(_ text: String) -> JSONValue { ["error": .string(text)] }

    /// The value for a command that raised.
    public static func error(_ exception: PythonException) -> JSONValue { error(exception.repr) }

    /// The reply to `ping`.
    public static let pong = ok("pong")

    /// The reply to `revoke` without termination.
    public static func revoked(_ ids: [String]) -> JSONValue {
        ok("tasks \(PythonRepr.set(ids.map(JSONValue.string))) flagged as revoked")
    }

    /// The reply to `revoke` with termination.
    ///
    /// - Parameter ids: those of the tasks that are known here, running or waiting.
    public static func terminated(_ ids: [String]) -> JSONValue {
        ok("terminate: \(ids.isEmpty ? "tasks unknown" : ids.joined(separator: ", "))")
    }

    /// The reply to `revoke_by_stamped_headers` without termination.
    public static func stampsRevoked(_ headers: JSONObject) -> JSONValue {
        ok("headers \(PythonRepr.repr(.object(headers))) flagged as revoked, but not terminated")
    }

    /// The reply to `revoke_by_stamped_headers` with termination.
    ///
    /// - Parameter stamps: those by which running tasks were found; empty is none.
    public static func stampsTerminated(
        _ headers: JSONObject,
        stamps: OrderedDictionary<String, [JSONValue]>
    ) -> JSONValue {
        if stamps.isEmpty { return ok("headers \(PythonRepr.repr(.object(headers))) were not terminated") }
        let members = stamps.map { "\(PythonRepr.quoted($0.key)): \(PythonRepr.set($0.value))" }
        return ok("headers defaultdict(<class 'set'>, {\(members.joined(separator: ", "))}) revoked")
    }

    /// The reply to `rate_limit` when the limit holds now.
    ///
    /// - Parameter limit: as it was asked for; nothing, zero and an empty text disable.
    public static func rateLimitSet(_ limit: JSONValue) -> JSONValue {
        ok(PythonTruth.of(limit) ? "new rate limit set successfully" : "rate limit disabled successfully")
    }

    /// The reply to `rate_limit` with a limit that can't be read, by what reading it raised.
    public static func rateLimitInvalid(_ exception: PythonException) -> JSONValue {
        exception.type == "ValueError" ? error("Invalid rate limit string: \(exception.repr)") : error(exception)
    }

    /// The reply to a command about a task type that is not registered.
    public static let unknownTask = error("unknown task")

    /// The reply to `add_consumer`; the queue is consumed soon.
    public static func consumerAdded(_ queue: String) -> JSONValue { ok("add consumer \(queue)") }

    /// The reply to `cancel_consumer`.
    public static func consumerCancelled(_ queue: String) -> JSONValue { ok("no longer consuming from \(queue)") }

    /// The reply to `pause`.
    public static func paused(_ pause: ControlPause) -> JSONValue { ok("paused \(pause.target)s '\(pause.pattern)'") }

    /// The reply to `resume`.
    ///
    /// - Parameter wasPaused: whether there was such a pause.
    public static func resumed(_ pause: ControlPause, wasPaused: Bool) -> JSONValue {
        ok("\(wasPaused ? "resumed" : "not paused:") \(pause.target)s '\(pause.pattern)'")
    }
}

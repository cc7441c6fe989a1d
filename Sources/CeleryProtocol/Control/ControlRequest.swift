public import BrokerModel
public import JSON
public import OrderedCollections

/// A remote-control request, as it is broadcast to all workers (Celery reference, 7.2).
public struct ControlRequest: Sendable, Hashable {
    /// Where a reply is expected.
    public struct ReplyAddress: Sendable, Hashable {
        public var exchange: String
        public var routingKey: String

        public init(exchange: String, routingKey: String) {
            self.exchange = exchange
            self.routingKey = routingKey
        }
    }

    /// The command.
    public var method: String
    /// The command's keyword arguments.
    public var arguments: JSONObject
    /// Whole node names; empty is everybody, or whom the pattern says.
    public var destination: [String] = []
    /// A pattern for node names, in force together with `matcher` only.
    public var pattern: String?
    /// `glob` or `pcre`.
    public var matcher: String?
    /// What the reply has to carry.
    public var ticket: String?
    /// `nil` when nobody waits for a reply.
    public var replyTo: ReplyAddress?

    public init(_ method: String, _ arguments: JSONObject = [:]) {
        self.method = method
        self.arguments = arguments
    }

    /// How large a request may be, in bytes; a million revoked ids fit in.
    public static let maximumBytes = 64 << 20
    /// How long a method's name, a task's id, a stamp and the like may be, in bytes.
    public static let maximumTextBytes = 1_024

    /// Reads a request. It is lenient: what a version does not send, or sends as null, is absent.
    ///
    /// - Throws: `InvalidMessage` when it can't be decoded or names no command. Such a request is logged and gets no reply.
    public init(_ message: IncomingMessage) throws(InvalidMessage) {
        let decoder = PayloadDecoder(maxBytes: ControlRequest.maximumBytes)
        let compression = message.properties.headers?["compression"]?.text
        let root = try decoder.parse(message.body, message.properties, compression).root.value
        guard let members = root.object, let method = members["method"]?.string else {
            throw InvalidMessage(.invalidField, "a control request is an object with a method")
        }
        guard method.utf8.count <= ControlRequest.maximumTextBytes else {
            throw InvalidMessage(.invalidField, "a control request names a method of \(method.utf8.count) bytes")
        }
        self.init(method, members["arguments"]?.object ?? [:])
        switch members["destination"] {
        case .array(let names): destination = names.compactMap(\.string)
        case .string(let name): destination = name.isEmpty ? [] : [name]
        default: break
        }
        pattern = members["pattern"]?.string
        matcher = members["matcher"]?.string
        ticket = members["ticket"]?.string
        if let address = members["reply_to"]?.object, let key = address["routing_key"]?.string {
            replyTo = ReplyAddress(exchange: address["exchange"]?.string ?? "", routingKey: key)
        }
    }

    /// Whether all workers are meant.
    public var isForEveryone: Bool { destination.isEmpty && nodePattern == nil }

    /// The pattern by which workers are meant, if it is in force.
    private var nodePattern: (pattern: String, matcher: String)? {
        guard let pattern, !pattern.isEmpty, let matcher, !matcher.isEmpty else { return nil }
        return (pattern, matcher)
    }

    /// Whether a worker is meant.
    public func isAddressed(to node: String) -> Bool {
        if !destination.isEmpty { return destination.contains(node) }
        guard let (pattern, matcher) = nodePattern else { return true }
        return NodeMatcher.matches(node, pattern: pattern, matcher: matcher)
    }

    /// The message that broadcasts the request.
    ///
    /// - Parameters:
    ///   - clock: the sender's logical clock.
    ///   - expires: until when the sender waits for replies.
    public func message(in mailbox: ControlMailbox, clock: Int, expires: Instant?) -> OutgoingMessage {
        var body: JSONObject = [
            "method": .string(method),
            "arguments": .object(arguments),
            "destination": destination.isEmpty ? .null : .array(destination.map(JSONValue.string)),
            "pattern": pattern.map(JSONValue.string) ?? .null,
            "matcher": matcher.map(JSONValue.string) ?? .null,
        ]
        if let ticket, let replyTo {
            body["ticket"] = .string(ticket)
            body["reply_to"] = ["exchange": .string(replyTo.exchange), "routing_key": .string(replyTo.routingKey)]
        }
        let headers: FieldTable = [
            "clock": .integer(clock), "expires": expires.map { .double($0.secondsSince1970) } ?? .integer(0),
        ]
        return OutgoingMessage(
            exchange: mailbox.requestExchange.name,
            routingKey: "",
            properties: MessageProperties(
                contentType: ContentType.json,
                contentEncoding: "utf-8",
                headers: headers,
                deliveryMode: 2,
                priority: 0
            ),
            body: JSONValue.object(body).serialized(),
            isMandatory: false
        )
    }
}

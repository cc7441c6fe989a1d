public import BrokerModel
public import JSON
import OrderedCollections

/// Turns message bodies into payloads, within limits.
///
/// JSON is the one content type that is decoded. As in kombu its text is UTF-8 whatever `content_encoding` says.
/// What is refused, and what has to become of it, follows the Celery reference's table 3.10; bodies beyond the size
/// limit are rejected rather than acknowledged, so that a dead-letter policy can keep them.
public struct PayloadDecoder: Sendable {
    /// The accepted content types.
    public let accept: Set<String>
    /// The largest body in bytes, before and after decompression.
    public let maxBytes: Int
    public let limits: JSONLimits
    private let acceptsJSON: Bool

    /// Makes a decoder that accepts serializers by name (`json`) or MIME type.
    public init(accept: [String] = ["json"], maxBytes: Int = 256 << 20, limits: JSONLimits = JSONLimits()) {
        self.accept = Set(accept.map(ContentType.mimeType))
        self.maxBytes = maxBytes
        self.limits = limits
        acceptsJSON = self.accept.contains(ContentType.json)
    }

    /// Decodes the body of a message of protocol 2, or of a hybrid: an object as in protocol 1 under the headers of
    /// protocol 2.
    ///
    /// - Throws: `InvalidMessage`.
    public func decode(
        body: [UInt8],
        properties: MessageProperties,
        headers: TaskHeaders?
    ) throws(InvalidMessage) -> TaskPayload {
        let compression = headers.map(\.compression) ?? properties.headers?["compression"]?.text
        let document = try parse(body, properties, compression)
        let root = document.root
        switch root.kind {
        case .object where root["args"] != nil:
            return try protocolOnePayload(document, isHybrid: true)
        case .array where root.count == 3:
            break
        default:
            throw InvalidMessage(.notATask, "task body is not an array of args, kwargs and embed")
        }
        guard let args = root[0], let kwargs = root[1], let rest = root[2] else {
            throw InvalidMessage(.notATask, "task body is not an array of args, kwargs and embed")
        }
        guard kwargs.kind == .object else {
            throw InvalidMessage(.invalidArguments, "Task keyword arguments is not a mapping")
        }
        guard args.kind == .array else {
            throw InvalidMessage(.invalidArguments, "Task positional arguments is not a list")
        }
        guard rest.kind == .object || rest.isNull else {
            throw InvalidMessage(.invalidArguments, "Task embed is not a mapping")
        }
        let embed = rest.isNull ? Embed() : try Embed(rest, keepsUnknown: true)
        return TaskPayload(document: document, args: args, kwargs: kwargs, embed: embed)
    }

    /// Decodes a message of protocol 1, whose body holds everything.
    ///
    /// - Throws: `InvalidMessage`; `notATask` for a message that nobody can tell what it is.
    public func decodeProtocolOne(
        body: [UInt8],
        properties: MessageProperties
    ) throws(InvalidMessage) -> (TaskHeaders, TaskPayload) {
        let document = try parse(body, properties, properties.headers?["compression"]?.text)
        let root = document.root
        guard root.kind == .object, let task = root["task"] else {
            throw InvalidMessage(.notATask, "Received and deleted unknown message.  Wrong destination?!?")
        }
        guard let name = task.string else { throw InvalidMessage(.invalidField, "invalid task name") }
        let payload = try protocolOnePayload(document, isHybrid: false)
        var headers = try TaskHeaders(protocolOne: root, task: name, raw: properties.headers ?? [:])
        headers.argsRepr = PythonRepr.safeRepr(payload.args)
        headers.kwargsRepr = PythonRepr.safeRepr(payload.kwargs)
        return (headers, payload)
    }

    private func protocolOnePayload(
        _ document: JSONDocument,
        isHybrid: Bool
    ) throws(InvalidMessage) -> TaskPayload {
        let root = document.root
        let args = try EmptyNodes.array(unless: root["args"])
        let kwargs = try EmptyNodes.object(unless: root["kwargs"])
        guard kwargs.kind == .object else {
            throw InvalidMessage(.argumentsNotAMapping, "Task keyword arguments must be a mapping")
        }
        guard args.kind == .array else {
            throw InvalidMessage(.argumentsNotAMapping, "Task positional arguments must be a list")
        }
        var embed: Embed
        do {
            embed = try Embed(root, keepsUnknown: false)
        } catch {
            // The metadata is not known yet, so there is no task that could fail.
            throw InvalidMessage(.invalidField, error.message)
        }
        embed.chain = nil
        return TaskPayload(document: document, args: args, kwargs: kwargs, embed: embed, isHybrid: isHybrid)
    }

    /// Opens a body of JSON.
    func parse(
        _ body: [UInt8],
        _ properties: MessageProperties,
        _ compression: String?
    ) throws(InvalidMessage) -> JSONDocument {
        guard body.count <= maxBytes else { throw tooLarge("\(body.count) bytes") }
        let inflated = try compression.map { name throws(InvalidMessage) in
            try BodyCompression.decompress(body, name, maxBytes: maxBytes)
        }
        try checkContentType(properties.contentType)
        let text = inflated ?? body
        guard !text.isEmpty else { throw InvalidMessage(.notATask, "task body is empty") }
        let document: JSONDocument
        do {
            document = try JSONDocument(text, limits: limits)
        } catch {
            throw InvalidMessage(.undecodable, "Can't decode message body: \(error)", underlying: error)
        }
        if KombuTypes.mayOccur(in: text) { try KombuTypes().validate(document.root) }
        return document
    }

    private func checkContentType(_ contentType: String?) throws(InvalidMessage) {
        if contentType == ContentType.json, acceptsJSON { return }
        let type = contentType.flatMap { $0.isEmpty ? nil : $0 } ?? "application/data"
        if ContentType.isTrusted(type) {
            throw InvalidMessage(.notATask, "content of type \(type) is not decoded, so it is no task")
        }
        guard accept.contains(type) else {
            let shown = ContentType.display(type)
            throw InvalidMessage(.contentTypeRefused, "Refusing to deserialize untrusted content of type \(shown)")
        }
        throw InvalidMessage(.contentTypeRefused, "No decoder installed for \(ContentType.display(type))")
    }

    private func tooLarge(_ size: String) -> InvalidMessage {
        InvalidMessage(.tooLarge, "task body of \(size) passes the limit of \(maxBytes) bytes")
    }
}

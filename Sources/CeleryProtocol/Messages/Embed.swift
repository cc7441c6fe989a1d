public import JSON
public import OrderedCollections

/// What a message asks to be done after its task: the third element of a protocol 2 body (Celery reference, 1.4).
///
/// The signatures are kept as they came, so that unknown keys survive when they are sent on.
public struct Embed: Sendable, Hashable {
    /// Run with the return value when the task succeeds.
    public var callbacks: [JSONValue]?
    /// Run when the task fails.
    public var errbacks: [JSONValue]?
    /// The remaining steps of a chain in reverse: the next one is last.
    public var chain: [JSONValue]?
    /// The body of the chord that the task is a part of.
    public var chord: JSONValue?
    /// Keys beyond these four.
    public var unknown: JSONObject

    public init(
        callbacks: [JSONValue]? = nil,
        errbacks: [JSONValue]? = nil,
        chain: [JSONValue]? = nil,
        chord: JSONValue? = nil,
        unknown: JSONObject = [:]
    ) {
        self.callbacks = callbacks
        self.errbacks = errbacks
        self.chain = chain
        self.chord = chord
        self.unknown = unknown
    }

    /// Whether nothing follows the task; empty lists are nothing, as in Python.
    public var isEmpty: Bool {
        (callbacks ?? []).isEmpty && (errbacks ?? []).isEmpty && (chain ?? []).isEmpty && chord == nil
    }

    /// The object as it stands in a body, with all four keys.
    public var jsonValue: JSONValue {
        var object: JSONObject = [
            "callbacks": callbacks.map(JSONValue.array) ?? .null,
            "errbacks": errbacks.map(JSONValue.array) ?? .null,
            "chain": chain.map(JSONValue.array) ?? .null,
            "chord": chord ?? .null,
        ]
        for (key, value) in unknown { object[key] = value }
        return .object(object)
    }

    /// Reads an embed object, or the same fields of a protocol 1 body.
    ///
    /// - Throws: `InvalidMessage` when a field is neither null nor of its type.
    init(_ node: JSONNode, keepsUnknown: Bool) throws(InvalidMessage) {
        self.init()
        var known = 0
        callbacks = try Embed.signatures(node, "callbacks", &known)
        errbacks = try Embed.signatures(node, "errbacks", &known)
        chain = try Embed.signatures(node, "chain", &known)
        if let value = node["chord"] {
            known += 1
            guard value.isNull || value.kind == .object else { throw Embed.invalid("chord") }
            // `nil` beside a JSONValue would be JSON's null.
            if !value.isNull { chord = value.value }
        }
        guard keepsUnknown, node.count > known else { return }
        for (key, value) in node.members where !["callbacks", "errbacks", "chain", "chord"].contains(key) {
            unknown[key] = value.value
        }
    }

    private static func signatures(
        _ node: JSONNode,
        _ key: String,
        _ known: inout Int
    ) throws(InvalidMessage) -> [JSONValue]? {
        guard let value = node[key] else { return nil }
        known += 1
        if value.isNull { return nil }
        guard value.kind == .array, case .array(let signatures) = value.value else { throw invalid(key) }
        return signatures
    }

    private static func invalid(_ key: String) -> InvalidMessage {
        InvalidMessage(.invalidArguments, "Task \(key) has the wrong type")
    }
}

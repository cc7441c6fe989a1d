/// A parsed JSON text, owner of jansson's tree; immutable, so threads may share it.
public final class JSONDocument: Sendable {
    /// Parses UTF-8 text.
    ///
    /// - Throws: `JSONError` with line and column for a syntax error or a limit that was passed.
    public init(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) { fatalError("stub") }
    public var root: JSONNode { fatalError("stub") }
}

/// Bounds on a text from outside.
public struct JSONLimits: Sendable, Hashable {
    public var maxDepth: Int
    public init(maxDepth: Int = 512) { self.maxDepth = maxDepth }
}

/// One value within a document, read in place: no copy is made until asked for.
public struct JSONNode: Sendable {
    public enum Kind: Sendable, Hashable { case null, bool, integer, double, string, array, object }
    public var kind: Kind { fatalError("stub") }
    /// The number of elements or members; 0 for a scalar.
    public var count: Int { fatalError("stub") }
    /// Element of an array; nil when out of range or no array.
    public subscript(index: Int) -> JSONNode? { fatalError("stub") }
    /// Member of an object; nil when absent or no object.
    public subscript(key: String) -> JSONNode? { fatalError("stub") }
    /// Member names in order.
    public var keys: [String] { fatalError("stub") }
    public var string: String? { fatalError("stub") }
    public var isNull: Bool { fatalError("stub") }
    /// A copy as a value tree.
    public var value: JSONValue { fatalError("stub") }
    /// Decodes straight from jansson's tree. `types` gets the first look at each value (kombu's `__type__`).
    public func decode<T: Decodable>(
        _ type: T.Type, codingPath: [any CodingKey] = [], types: (any JSONTypeCoding)? = nil
    ) throws -> T { fatalError("stub") }
}

/// How some Swift types are written in JSON by convention; CeleryProtocol gives kombu's.
public protocol JSONTypeCoding: Sendable {
    /// The value of `type` in `node`, or nil to decode it the ordinary way.
    func decode<T>(_ type: T.Type, from node: JSONNode) throws -> T?
    /// What stands for `value`, or nil to encode it the ordinary way.
    func encode(_ value: any Encodable) throws -> JSONValue?
    /// Whether `T` is one of the types this coding knows (so that callers can skip the calls above for others).
    func handles(_ type: Any.Type) -> Bool
}

/// Encodes any Encodable to JSON text as Python's json.dumps writes it: `, ` and `: ` separators, non-ASCII escaped,
/// bare NaN and Infinity.
public struct JSONEncoder: Sendable {
    public init(types: (any JSONTypeCoding)? = nil) { fatalError("stub") }
    public func encode(_ value: some Encodable) throws -> [UInt8] { fatalError("stub") }
}

/// What is wrong with a JSON text or value.
public struct JSONError: Error, Sendable {}

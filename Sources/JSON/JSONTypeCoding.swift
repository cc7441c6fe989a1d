/// How some Swift types are written in JSON by convention; CeleryProtocol gives kombu's.
///
/// JSON's own types (Bool, the integers, Double, Float, String, JSONValue) are never asked about.
public protocol JSONTypeCoding: Sendable {
    /// The value of `type` in `node`, or nil to decode it the ordinary way.
    func decode<T>(_ type: T.Type, from node: JSONNode) throws -> T?
    /// What stands for `value`, or nil to encode it the ordinary way.
    func encode(_ value: any Encodable) throws -> JSONValue?
    /// Whether `T` is one of the types this coding knows (so that callers can skip the calls above for others).
    func handles(_ type: Any.Type) -> Bool
}

public import OrderedCollections

/// Members of a JSON object in their order on the wire; Python's dictionaries keep it too.
public typealias JSONObject = OrderedDictionary<String, JSONValue>

/// Any JSON value, with the two things that Python's JSON has beyond the standard: integers of any size, and bare
/// `NaN`, `Infinity`, `-Infinity` as doubles.
public enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// An integer beyond 64 bits: its decimal digits, with a leading `-` if negative.
    case bigInteger(String)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

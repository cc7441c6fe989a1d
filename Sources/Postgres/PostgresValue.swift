public import struct FoundationEssentials.Date

/// A statement's parameter. Except for bytes the server chooses the type from the context, as for a literal.
public enum PostgresValue: Sendable, Hashable {
    case null
    case text(String)
    case integer(Int64)
    case double(Double)
    case bool(Bool)
    /// A timestamptz, to the microsecond.
    case timestamp(Date)
    /// JSON text in UTF-8, for `json` and `jsonb`.
    case json([UInt8])
    /// A bytea.
    case bytes([UInt8])

    public static func integer(_ value: Int) -> PostgresValue { .integer(Int64(value)) }

    /// `value`, or NULL.
    public static func text(orNull value: String?) -> PostgresValue { value.map { .text($0) } ?? .null }
}

extension PostgresValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral
{
    public init(stringLiteral value: String) { self = .text(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .double(value) }
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(nilLiteral: ()) { self = .null }
}

extension PostgresValue {
    /// How the value travels: its bytes, and whether they are PostgreSQL's binary form. `nil` is NULL.
    ///
    /// - Throws: `.invalidParameter` for a text with a NUL, which PostgreSQL can't hold.
    var wire: (bytes: [UInt8], isBinary: Bool)? {
        get throws(PostgresError) {
            switch self {
            case .null: return nil
            case .text(let text): return (try Self.checked(Array(text.utf8)), false)
            case .integer(let value): return (Array(String(value).utf8), false)
            case .double(let value): return (Array(Self.text(of: value).utf8), false)
            case .bool(let value): return (Array((value ? "true" : "false").utf8), false)
            case .timestamp(let date): return (Array(Timestamp(date).text.utf8), false)
            case .json(let bytes): return (try Self.checked(bytes), false)
            case .bytes(let bytes): return (bytes, true)
            }
        }
    }

    private static func text(of value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
        return "\(value)"
    }

    private static func checked(_ bytes: [UInt8]) throws(PostgresError) -> [UInt8] {
        guard !bytes.contains(0) else {
            throw PostgresError(.invalidParameter, "a text with a NUL can't be stored")
        }
        return bytes
    }
}

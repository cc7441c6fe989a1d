public import struct FoundationEssentials.Date

/// A type that a column's text can be read as.
public protocol PostgresDecodable {
    /// Reads PostgreSQL's text form; `nil` when it is none of this type.
    init?(postgresText text: String)
}

extension String: PostgresDecodable {
    public init?(postgresText text: String) { self = text }
}

extension Int: PostgresDecodable {
    public init?(postgresText text: String) { self.init(text) }
}

extension Int64: PostgresDecodable {
    public init?(postgresText text: String) { self.init(text) }
}

extension Double: PostgresDecodable {
    public init?(postgresText text: String) { self.init(text) }
}

extension Bool: PostgresDecodable {
    public init?(postgresText text: String) {
        guard text == "t" || text == "f" else { return nil }
        self = text == "t"
    }
}

extension Date: PostgresDecodable {
    /// Reads a timestamptz, timestamp or date.
    public init?(postgresText text: String) {
        guard let timestamp = Timestamp(text: text) else { return nil }
        self = timestamp.date
    }
}

extension Array: PostgresDecodable where Element == UInt8 {
    /// Reads a bytea in hex form.
    public init?(postgresText text: String) {
        var digits = text.utf8[...]
        guard digits.starts(with: "\\x".utf8), digits.count % 2 == 0 else { return nil }
        digits = digits.dropFirst(2)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        while let high = digits.popFirst(), let low = digits.popFirst() {
            guard let high = Character(UnicodeScalar(high)).hexDigitValue,
                let low = Character(UnicodeScalar(low)).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self = bytes
    }
}

public import JSON

/// A JSON value as finished text, so that a return value is encoded once and then only copied.
public struct JSONFragment: Sendable, Hashable {
    /// UTF-8 text of exactly one JSON value.
    public var bytes: [UInt8]

    /// Takes text that is known to be one JSON value; it is not checked.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Writes a value as Python's `json.dumps` does.
    public init(_ value: JSONValue) {
        bytes = value.serialized()
    }

    /// Encodes a value, with kombu's forms for dates, decimals, UUIDs and bytes.
    ///
    /// - Throws: what the value's own encoding throws.
    public init(encoding value: some Encodable) throws {
        bytes = try JSON.JSONEncoder(types: KombuTypes()).encode(value)
    }

    /// `null`
    public static let null = JSONFragment(bytes: Array("null".utf8))

    /// The text.
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

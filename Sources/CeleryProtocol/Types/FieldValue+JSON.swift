public import BrokerModel
public import JSON
public import OrderedCollections

extension FieldValue {
    /// A JSON value as a header, as py-amqp writes it (Celery reference, 1.3). An integer beyond 64 bits becomes text.
    public init(_ json: JSONValue) {
        switch json {
        case .null: self = .void
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = Int(exactly: value).map(FieldValue.integer) ?? .int64(value)
        case .bigInteger(let digits): self = .string(digits)
        case .double(let value): self = .double(value)
        case .string(let text): self = .string(text)
        case .array(let elements): self = .array(elements.map { FieldValue($0) })
        case .object(let members): self = .table(FieldTable(members))
        }
    }

    /// The header as Python's JSON would hold it, so that the two can be compared: bytes are text, a width is lost.
    public var json: JSONValue {
        switch self {
        case .void: .null
        case .bool(let value): .bool(value)
        case .uint64(let value): Int64(exactly: value).map(JSONValue.integer) ?? .bigInteger(String(value))
        case .float, .double: .double(number ?? 0)
        case .decimal(let scale, let unscaled): .string("\(unscaled)e-\(scale)")
        case .string(let text): .string(text)
        case .bytes(let bytes): .string(String(decoding: bytes, as: UTF8.self))
        case .timestamp(let seconds): .integer(Int64(clamping: seconds))
        case .array(let elements): .array(elements.map(\.json))
        case .table(let table): .object(JSONObject(table.entries.map { ($0.name, $0.value.json) }) { $1 })
        default: integer.map { .integer(Int64($0)) } ?? .null
        }
    }
}

extension FieldTable {
    /// An object as a table.
    public init(_ members: JSONObject) {
        self.init(members.map { Entry(name: $0.key, value: FieldValue($0.value)) })
    }
}

/// A value of an AMQP 0-9-1 field table, with RabbitMQ's type letters.
///
/// All types that py-amqp reads or writes are here (Celery reference, 1.3). Integer widths are kept, because a table
/// that is sent back must look like the one that came.
public enum FieldValue: Sendable, Hashable {
    case void
    case bool(Bool)
    case int8(Int8)
    case uint8(UInt8)
    case int16(Int16)
    case uint16(UInt16)
    case int32(Int32)
    case uint32(UInt32)
    case int64(Int64)
    case uint64(UInt64)
    case float(Float)
    case double(Double)
    /// `unscaled × 10^-scale`.
    case decimal(scale: UInt8, unscaled: UInt32)
    case string(String)
    case bytes([UInt8])
    /// Whole seconds since 1970.
    case timestamp(UInt64)
    case array([FieldValue])
    case table(FieldTable)

    /// The value as an integer, whatever its width; `nil` for all that is no integer or does not fit.
    public var integer: Int? {
        switch self {
        case .int8(let value): Int(value)
        case .uint8(let value): Int(value)
        case .int16(let value): Int(value)
        case .uint16(let value): Int(value)
        case .int32(let value): Int(value)
        case .uint32(let value): Int(value)
        case .int64(let value): Int(exactly: value)
        case .uint64(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value as a number: any integer, float or double.
    public var number: Double? {
        switch self {
        case .float(let value): Double(value)
        case .double(let value): value
        default: integer.map(Double.init)
        }
    }

    /// The text of a string.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The truth value of a boolean.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// Whether this is the void value, Python's `None`.
    public var isVoid: Bool { self == .void }

    /// An integer as py-amqp writes it: 32 bits where it fits, else 64 (Celery reference, 1.3).
    public static func integer(_ value: Int) -> FieldValue {
        if let narrow = Int32(exactly: value) { .int32(narrow) } else { .int64(Int64(value)) }
    }
}

extension FieldValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}

/// An AMQP field table: names and values in wire order.
///
/// Tables on the wire are small, so a lookup walks the entries. A name given twice keeps both entries; the last one
/// counts, as in Python.
public struct FieldTable: Sendable, Hashable, ExpressibleByDictionaryLiteral {
    /// One name with its value.
    public struct Entry: Sendable, Hashable {
        public var name: String
        public var value: FieldValue

        public init(name: String, value: FieldValue) {
            self.name = name
            self.value = value
        }
    }

    /// The entries in wire order.
    public var entries: [Entry]

    public init(_ entries: [Entry] = []) {
        self.entries = entries
    }

    public init(dictionaryLiteral elements: (String, FieldValue)...) {
        entries = elements.map { Entry(name: $0.0, value: $0.1) }
    }

    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a name; setting `nil` removes every entry of that name.
    public subscript(name: String) -> FieldValue? {
        get { entries.last { $0.name == name }?.value }
        set {
            guard let newValue else {
                entries.removeAll { $0.name == name }
                return
            }
            if let index = entries.lastIndex(where: { $0.name == name }) {
                entries[index].value = newValue
            } else {
                entries.append(Entry(name: name, value: newValue))
            }
        }
    }
}

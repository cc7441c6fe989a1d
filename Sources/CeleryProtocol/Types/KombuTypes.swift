public import FoundationEssentials
public import JSON
import OrderedCollections

/// How kombu writes Python's own types in JSON, for Codable: an object of `__type__` and `__value__` (Celery
/// reference, 1.6).
///
/// | Python | Swift |
/// |---|---|
/// | `datetime` | `Date`, `Instant` (naive is taken as UTC), `PythonDateTime` (keeps naive and offset) |
/// | `date` | `PythonDate`; as `Date` or `Instant` its midnight in UTC |
/// | `time` | `PythonTime` |
/// | `Decimal` | `Decimal` |
/// | `uuid.UUID` | `UUID` |
/// | `bytes` | `[UInt8]`, `Data` |
///
/// Bare ISO texts, numbers and UUID texts are read too, because older producers send them so.
public struct KombuTypes: JSONTypeCoding {
    public init() {}

    /// Whether the type is one of the table.
    public func handles(_ type: Any.Type) -> Bool {
        type == Date.self || type == Instant.self || type == PythonDateTime.self || type == PythonDate.self
            || type == PythonTime.self || type == Decimal.self || type == UUID.self || type == Data.self
            || type == [UInt8].self
    }

    /// Reads a value of the table's types; `nil` when the node is of a form that only the type itself may know.
    ///
    /// - Throws: `DecodingError` when it is a wrapped value of another or an unknown type, or no value of its type.
    public func decode<T>(_ type: T.Type, from node: JSONNode) throws -> T? {
        guard handles(type), let value = try value(of: node, as: type) else { return nil }
        switch value {
        case .dateTime(let value):
            if type == Date.self { return Date(value.instant) as? T }
            if type == Instant.self { return value.instant as? T }
            if type == PythonDateTime.self { return value as? T }
        case .date(let date):
            let midnight = PythonDateTime(date: date, time: PythonTime())
            if type == PythonDate.self { return date as? T }
            if type == Date.self { return Date(midnight.instant) as? T }
            if type == Instant.self { return midnight.instant as? T }
            if type == PythonDateTime.self { return midnight as? T }
        case .time(let time):
            if type == PythonTime.self { return time as? T }
        case .decimal(let text):
            if type == Decimal.self, let number = Decimal(string: text) { return number as? T }
        case .uuid(let text):
            if type == UUID.self { return UUID(uuidString: text) as? T }
        case .bytes(let bytes):
            if type == [UInt8].self { return bytes as? T }
            if type == Data.self { return Data(bytes) as? T }
        }
        throw KombuTypes.mismatch(type)
    }

    /// Wraps a value of the table's types; `nil` for any other.
    public func encode(_ value: any Encodable) throws -> JSONValue? {
        switch value {
        case let date as Date: KombuTypes.wrap(Instant(date))
        case let instant as Instant: KombuTypes.wrap(instant)
        case let value as PythonDateTime: KombuTypes.wrap("datetime", .string(value.iso8601))
        case let date as PythonDate: KombuTypes.wrap("date", .string(date.iso8601))
        case let time as PythonTime: KombuTypes.wrap("time", .string(time.iso8601))
        case let number as Decimal: KombuTypes.wrap("decimal", .string(number.description))
        case let uuid as UUID: KombuTypes.wrap(uuid)
        case let data as Data: KombuTypes.wrap([UInt8](data))
        case let bytes as [UInt8]: KombuTypes.wrap(bytes)
        default: nil
        }
    }

    private static func wrap(_ marker: String, _ value: JSONValue) -> JSONValue {
        .object(["__type__": .string(marker), "__value__": value])
    }

    private static func wrap(_ instant: Instant) -> JSONValue {
        wrap("datetime", .string(instant.iso8601()))
    }

    private static func wrap(_ uuid: UUID) -> JSONValue {
        let hex = uuid.uuidString.lowercased().filter { $0 != "-" }
        return wrap("uuid", .object(["hex": .string(hex)]))
    }

    private static func wrap(_ bytes: [UInt8]) -> JSONValue {
        if let text = String(validating: bytes, as: UTF8.self) { return wrap("bytes", .string(text)) }
        return wrap("base64", .string(Base64.encode(bytes)))
    }
}

extension Date {
    /// The same time, as exact as a `Date` can be.
    public init(_ instant: Instant) {
        self.init(timeIntervalSince1970: instant.secondsSince1970)
    }
}

extension Instant {
    /// The same time, rounded to microseconds.
    public init(_ date: Date) {
        self.init(secondsSince1970: date.timeIntervalSince1970)
    }
}

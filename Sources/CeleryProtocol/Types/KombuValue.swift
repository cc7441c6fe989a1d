import JSON
import OrderedCollections

/// A value that kombu wraps in an object of `__type__` and `__value__` (Celery reference, 1.6).
enum KombuValue {
    case dateTime(PythonDateTime)
    case date(PythonDate)
    case time(PythonTime)
    /// The text of a decimal number, checked to be one.
    case decimal(String)
    /// With hyphens, in lower case.
    case uuid(String)
    case bytes([UInt8])

    /// Reads a wrapped value; `nil` when the type is unknown or the value is not one of it.
    init?(marker: String, value: JSONValue) {
        switch (marker, value) {
        case ("datetime", .string(let text)):
            guard let value = PythonDateTime(iso8601: text) else { return nil }
            self = .dateTime(value)
        case ("date", .string(let text)):
            guard let value = PythonDate(iso8601: text) else { return nil }
            self = .date(value)
        case ("time", .string(let text)):
            guard let value = PythonTime(iso8601: text) else { return nil }
            self = .time(value)
        case ("decimal", .string(let text)):
            guard DecimalText.isValid(text) else { return nil }
            self = .decimal(text)
        case ("decimal", .integer(let value)): self = .decimal(String(value))
        case ("uuid", .object(let members)):
            guard members.count == 1, case .string(let hex) = members["hex"] else { return nil }
            guard let text = UUIDText.hyphenated(hex) else { return nil }
            self = .uuid(text)
        case ("bytes", .string(let text)): self = .bytes(Array(text.utf8))
        case ("base64", .string(let text)):
            guard let bytes = Base64.decode(text) else { return nil }
            self = .bytes(bytes)
        default: return nil
        }
    }

    /// The types that kombu knows.
    static func isKnown(_ marker: String) -> Bool {
        switch marker {
        case "datetime", "date", "time", "decimal", "uuid", "bytes", "base64": true
        default: false
        }
    }
}

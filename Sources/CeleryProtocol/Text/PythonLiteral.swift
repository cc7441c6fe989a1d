import JSON
import OrderedCollections

/// A Python value that kombu wraps in JSON, with how Python prints it.
struct PythonLiteral {
    let repr: String
    /// How Celery's `saferepr` prints it, which differs for bytes.
    let safeRepr: String

    /// Reads an object of exactly `__type__` and `__value__`; `nil` for any other and for unknown types.
    init?(_ members: JSONObject) {
        guard members.count == 2, case .string(let marker) = members["__type__"], let value = members["__value__"]
        else { return nil }
        guard let typed = KombuValue(marker: marker, value: value) else { return nil }
        switch typed {
        case .dateTime(let value): repr = PythonLiteral.repr(value)
        case .date(let date): repr = "datetime.date(\(date.year), \(date.month), \(date.day))"
        case .time(let time): repr = "datetime.time(\(PythonLiteral.parts(of: time, least: 2)))"
        case .decimal(let text): repr = "Decimal('\(text)')"
        case .uuid(let text): repr = "UUID('\(text)')"
        case .bytes(let bytes):
            repr = PythonLiteral.repr(bytes)
            safeRepr = "b'\(PythonLiteral.plain(bytes))'"
            return
        }
        safeRepr = repr
    }

    private static func repr(_ value: PythonDateTime) -> String {
        let date = value.date
        return "datetime.datetime(\(date.year), \(date.month), \(date.day), \(parts(of: value.time, least: 2)))"
    }

    private static func parts(of time: PythonTime, least: Int) -> String {
        var numbers = [time.hour, time.minute, time.second, time.microsecond]
        while numbers.count > least, numbers.last == 0 { numbers.removeLast() }
        var parts = numbers.map(String.init)
        if let offset = time.utcOffset { parts.append("tzinfo=\(zone(offset))") }
        return parts.joined(separator: ", ")
    }

    private static func zone(_ offset: Int) -> String {
        if offset == 0 { return "datetime.timezone.utc" }
        // A negative timedelta is a negative day and positive seconds.
        let delta = offset < 0 ? "days=-1, seconds=\(offset + 86_400)" : "seconds=\(offset)"
        return "datetime.timezone(datetime.timedelta(\(delta)))"
    }

    private static func repr(_ bytes: [UInt8]) -> String {
        let quote: UInt8 = bytes.contains(0x27) && !bytes.contains(0x22) ? 0x22 : 0x27
        var text = "b\(Character(Unicode.Scalar(quote)))"
        for byte in bytes {
            switch byte {
            case quote, 0x5c: text += "\\\(Character(Unicode.Scalar(byte)))"
            case 0x0a: text += "\\n"
            case 0x0d: text += "\\r"
            case 0x09: text += "\\t"
            case 0x20..<0x7f: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "\\x\(hex(byte))"
            }
        }
        return text + "\(Character(Unicode.Scalar(quote)))"
    }

    private static func plain(_ bytes: [UInt8]) -> String {
        String(validating: bytes, as: UTF8.self) ?? bytes.map(hex).joined()
    }

    private static func hex(_ byte: UInt8) -> String {
        let text = String(byte, radix: 16)
        return byte < 16 ? "0\(text)" : text
    }
}

import BrokerModel
public import JSON
import OrderedCollections

/// Values as Python prints them with `repr()`.
public enum PythonRepr {
    /// How much of a list of arguments Celery prints.
    public static let maxLength = 1024
    /// How deep Celery prints before it writes `[...]`.
    public static let maxLevels = 3

    /// The whole value; kombu's wrapped types print as the Python values they stand for.
    public static func repr(_ value: JSONValue) -> String {
        switch value {
        case .null: return "None"
        case .bool(let value): return value ? "True" : "False"
        case .integer(let value): return String(value)
        case .bigInteger(let digits): return digits
        case .double(let value): return float(value)
        case .string(let value): return quoted(value)
        case .array(let elements): return "[\(elements.map(repr).joined(separator: ", "))]"
        case .object(let members):
            if let typed = PythonLiteral(members) { return typed.repr }
            let pairs = members.map { "\(quoted($0.key)): \(repr($0.value))" }
            return "{\(pairs.joined(separator: ", "))}"
        }
    }

    /// The values as a tuple, `(1,)` with one.
    public static func tuple(_ values: [JSONValue]) -> String {
        "(\(values.map(repr).joined(separator: ", "))\(values.count == 1 ? "," : ""))"
    }

    /// The values as a set, in their order, which is as good as any for a set.
    static func set(_ values: [JSONValue]) -> String {
        values.isEmpty ? "set()" : "{\(values.map(repr).joined(separator: ", "))}"
    }

    /// A float: the shortest digits that give it back, an exponent below 1e-4 and from 1e16 on.
    public static func float(_ value: Double) -> String {
        if value.isNaN { return "nan" }
        if value.isInfinite { return value < 0 ? "-inf" : "inf" }
        return String(decoding: JSONValue.double(value).serialized(), as: UTF8.self)
    }

    /// A string in quotes, single ones unless it holds some itself and no double ones.
    public static func quoted(_ text: String) -> String {
        let quote: Unicode.Scalar = text.utf8.contains(0x27) && !text.utf8.contains(0x22) ? "\"" : "'"
        var result = String.UnicodeScalarView()
        result.append(quote)
        for scalar in text.unicodeScalars {
            switch scalar {
            case quote, "\\":
                result.append("\\")
                result.append(scalar)
            case "\n": result.append(contentsOf: "\\n".unicodeScalars)
            case "\r": result.append(contentsOf: "\\r".unicodeScalars)
            case "\t": result.append(contentsOf: "\\t".unicodeScalars)
            case _ where isPrintable(scalar): result.append(scalar)
            default: result.append(contentsOf: escape(scalar).unicodeScalars)
            }
        }
        result.append(quote)
        return String(result)
    }

    /// A short text of a header's value, for messages about it.
    static func text(of value: FieldValue) -> String {
        switch value {
        case .void: "None"
        case .bool(let value): value ? "True" : "False"
        case .string(let text): quoted(String(text.prefix(128)))
        case .float, .double: float(value.number ?? 0)
        case .array: "[...]"
        case .table: "{...}"
        default: value.integer.map(String.init) ?? "<\(value)>"
        }
    }

    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value >= 0x20 && scalar.value < 0x7f }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            return false
        default:
            return true
        }
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let hex = String(scalar.value, radix: 16)
        let (letter, width) = scalar.value < 0x100 ? ("x", 2) : scalar.value < 0x10000 ? ("u", 4) : ("U", 8)
        return "\\\(letter)\(String(repeating: "0", count: max(0, width - hex.count)))\(hex)"
    }
}

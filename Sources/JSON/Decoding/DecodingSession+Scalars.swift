import CJansson
// Links libm, which the standard library's exact conversion of a double calls.
import Glibc

// `path` is built only for an error.
extension DecodingSession {
    func integer<I: FixedWidthInteger>(
        _ type: I.Type,
        _ pointer: JanssonPointer,
        _ path: @autoclosure () -> [any CodingKey]
    ) throws -> I {
        let exact: I?
        switch pointer.pointee.type {
        case JSON_INTEGER: exact = I(exactly: json_integer_value(pointer))
        case JSON_REAL: exact = I(exactly: json_real_value(pointer))
        default:
            switch document.number(pointer) {
            case .bigInteger(let digits): exact = I(digits)
            case .double: exact = nil
            default: throw mismatch(type, pointer, path())
            }
        }
        guard let exact else { throw corrupted("the number does not fit \(type) exactly", path()) }
        return exact
    }

    func double(_ pointer: JanssonPointer, _ path: @autoclosure () -> [any CodingKey]) throws -> Double {
        switch pointer.pointee.type {
        case JSON_REAL: return json_real_value(pointer)
        case JSON_INTEGER: return Double(json_integer_value(pointer))
        default: break
        }
        switch document.number(pointer) {
        case .double(let value): return value
        case .bigInteger(let digits):
            guard let value = Double(digits), value.isFinite else {
                throw corrupted("the integer is too large for a Double", path())
            }
            return value
        default: throw mismatch(Double.self, pointer, path())
        }
    }

    func string(_ pointer: JanssonPointer, _ path: @autoclosure () -> [any CodingKey]) throws -> String {
        guard let string = document.string(pointer) else { throw mismatch(String.self, pointer, path()) }
        return string
    }

    func bool(_ pointer: JanssonPointer, _ path: @autoclosure () -> [any CodingKey]) throws -> Bool {
        switch pointer.pointee.type {
        case JSON_TRUE: return true
        case JSON_FALSE: return false
        default: throw mismatch(Bool.self, pointer, path())
        }
    }

    func isNull(_ pointer: JanssonPointer) -> Bool { pointer.pointee.type == JSON_NULL }

    func corrupted(_ message: String, _ path: [any CodingKey]) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: path, debugDescription: message))
    }

    /// A value of another JSON type than asked for; for null, a value that is not there.
    func mismatch(_ type: Any.Type, _ pointer: JanssonPointer, _ path: [any CodingKey]) -> DecodingError {
        let kind = JSONNode(document: document, pointer: pointer).kind
        let context = DecodingError.Context(
            codingPath: path,
            debugDescription: "expected \(type), found \(kind.nameInMessages)"
        )
        return kind == .null ? .valueNotFound(type, context) : .typeMismatch(type, context)
    }
}

extension JSONNode.Kind {
    fileprivate var nameInMessages: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a real number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

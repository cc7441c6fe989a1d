import JSON
import OrderedCollections

/// What Python takes for true.
enum PythonTruth {
    static func of(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .bigInteger: true
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }
}

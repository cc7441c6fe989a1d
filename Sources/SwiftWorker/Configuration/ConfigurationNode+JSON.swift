import JSON
import OrderedCollections

extension ConfigurationNode {
    /// The value as JSON.
    var jsonValue: JSONValue {
        switch content {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(Int64(value))
        case .double(let value): .double(value)
        case .string(let text), .text(let text): .string(text)
        case .list(let items): .array(items.map(\.jsonValue))
        case .map(let entries): .object(JSONObject(entries.map { ($0.key, $0.value.jsonValue) }) { $1 })
        }
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections

/// A message's properties as JSON that keeps every type; see `DeadLetterRecord`.
enum PropertiesJSON {
    static func object(_ properties: MessageProperties) -> JSONObject {
        var object: JSONObject = [:]
        func set(_ name: String, _ value: JSONValue?) { if let value { object[name] = value } }
        set("content_type", properties.contentType.map(JSONValue.string))
        set("content_encoding", properties.contentEncoding.map(JSONValue.string))
        set("delivery_mode", properties.deliveryMode.map { .integer(Int64($0)) })
        set("priority", properties.priority.map { .integer(Int64($0)) })
        set("correlation_id", properties.correlationID.map(JSONValue.string))
        set("reply_to", properties.replyTo.map(JSONValue.string))
        set("expiration", properties.expiration.map(JSONValue.string))
        set("message_id", properties.messageID.map(JSONValue.string))
        set("timestamp", properties.timestamp.map(unsigned))
        set("type", properties.type.map(JSONValue.string))
        set("user_id", properties.userID.map(JSONValue.string))
        set("app_id", properties.appID.map(JSONValue.string))
        set("cluster_id", properties.clusterID.map(JSONValue.string))
        set("headers", properties.headers.map(table))
        return object
    }

    static func properties(_ object: JSONObject) throws(DeadLetterRecordError) -> MessageProperties {
        var properties = MessageProperties(
            contentType: object["content_type"]?.string,
            contentEncoding: object["content_encoding"]?.string,
            deliveryMode: object["delivery_mode"]?.integer.flatMap { UInt8(exactly: $0) },
            priority: object["priority"]?.integer.flatMap { UInt8(exactly: $0) },
            correlationID: object["correlation_id"]?.string,
            replyTo: object["reply_to"]?.string,
            expiration: object["expiration"]?.string
        )
        properties.messageID = object["message_id"]?.string
        properties.timestamp = object["timestamp"].flatMap(unsigned)
        properties.type = object["type"]?.string
        properties.userID = object["user_id"]?.string
        properties.appID = object["app_id"]?.string
        properties.clusterID = object["cluster_id"]?.string
        if let headers = object["headers"], !headers.isNull { properties.headers = try table(headers) }
        return properties
    }

    private static func table(_ table: FieldTable) -> JSONValue {
        .array(table.entries.map { [.string($0.name), value($0.value)] })
    }

    private static func table(_ json: JSONValue) throws(DeadLetterRecordError) -> FieldTable {
        guard let pairs = json.array else { throw DeadLetterRecordError("has headers that are no list of pairs") }
        var table = FieldTable()
        for pair in pairs {
            guard let name = pair[0]?.string, let json = pair[1], let value = try value(json) else {
                throw DeadLetterRecordError(
                    "has a header that is none: \(String(decoding: pair.serialized(), as: UTF8.self))"
                )
            }
            table.entries.append(FieldTable.Entry(name: name, value: value))
        }
        return table
    }

    private static func value(_ field: FieldValue) -> JSONValue {
        switch field {
        case .void: .null
        case .bool(let value): .bool(value)
        case .string(let text): .string(text)
        case .int8(let value): ["int8": .integer(Int64(value))]
        case .uint8(let value): ["uint8": .integer(Int64(value))]
        case .int16(let value): ["int16": .integer(Int64(value))]
        case .uint16(let value): ["uint16": .integer(Int64(value))]
        case .int32(let value): ["int32": .integer(Int64(value))]
        case .uint32(let value): ["uint32": .integer(Int64(value))]
        case .int64(let value): ["int64": .integer(value)]
        case .uint64(let value): ["uint64": unsigned(value)]
        case .float(let value): ["float": .double(Double(value))]
        case .double(let value): ["double": .double(value)]
        case .decimal(let scale, let unscaled): ["decimal": [.integer(Int64(scale)), .integer(Int64(unscaled))]]
        case .bytes(let bytes): ["bytes": .string(Base64.encode(bytes))]
        case .timestamp(let seconds): ["timestamp": unsigned(seconds)]
        case .array(let elements): ["array": .array(elements.map(value))]
        case .table(let table): ["table": self.table(table)]
        }
    }

    /// `nil` for what is no value.
    private static func value(_ json: JSONValue) throws(DeadLetterRecordError) -> FieldValue? {
        switch json {
        case .null: return .void
        case .bool(let value): return .bool(value)
        case .string(let text): return .string(text)
        case .object(let members):
            guard members.count == 1, let member = members.elements.first else { return nil }
            return try value(member.value, member.key)
        default: return nil
        }
    }

    private static func value(_ json: JSONValue, _ type: String) throws(DeadLetterRecordError) -> FieldValue? {
        let integer = json.integer
        switch type {
        case "int8": return integer.flatMap { Int8(exactly: $0) }.map(FieldValue.int8)
        case "uint8": return integer.flatMap { UInt8(exactly: $0) }.map(FieldValue.uint8)
        case "int16": return integer.flatMap { Int16(exactly: $0) }.map(FieldValue.int16)
        case "uint16": return integer.flatMap { UInt16(exactly: $0) }.map(FieldValue.uint16)
        case "int32": return integer.flatMap { Int32(exactly: $0) }.map(FieldValue.int32)
        case "uint32": return integer.flatMap { UInt32(exactly: $0) }.map(FieldValue.uint32)
        case "int64": return integer.map(FieldValue.int64)
        case "uint64": return unsigned(json).map(FieldValue.uint64)
        case "float": return json.double.map { .float(Float($0)) }
        case "double": return json.double.map(FieldValue.double)
        case "decimal":
            guard let scale = json[0]?.integer.flatMap({ UInt8(exactly: $0) }) else { return nil }
            return json[1]?.integer.flatMap { UInt32(exactly: $0) }.map { .decimal(scale: scale, unscaled: $0) }
        case "bytes": return json.string.flatMap { Base64.decode($0) }.map(FieldValue.bytes)
        case "timestamp": return unsigned(json).map(FieldValue.timestamp)
        case "array":
            guard let elements = json.array else { return nil }
            var values: [FieldValue] = []
            for element in elements {
                guard let value = try value(element) else { return nil }
                values.append(value)
            }
            return .array(values)
        case "table": return .table(try table(json))
        default: return nil
        }
    }

    private static func unsigned(_ value: UInt64) -> JSONValue {
        Int64(exactly: value).map(JSONValue.integer) ?? .bigInteger(String(value))
    }

    private static func unsigned(_ json: JSONValue) -> UInt64? {
        if case .bigInteger(let digits) = json { return UInt64(digits) }
        return json.integer.flatMap { UInt64(exactly: $0) }
    }
}

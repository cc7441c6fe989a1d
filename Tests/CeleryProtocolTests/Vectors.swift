import BrokerModel
import Foundation
import JSON
import Testing

/// What Python Celery said, from the scripts in `Vectors/`.
enum Vectors {
    private static let main = Result { try file("vectors") }

    static func section(_ name: String) throws -> JSONValue {
        try #require(try main.get()[name])
    }

    /// A whole file of vectors.
    static func file(_ name: String) throws -> JSONValue {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        let data = try Data(contentsOf: folder.appendingPathComponent("Vectors/\(name).json"))
        return try JSONValue(parsing: [UInt8](data))
    }

    static func list(_ name: String) throws -> [JSONValue] {
        let list = try #require(try section(name).array)
        try #require(!list.isEmpty)
        return list
    }

    /// A recorded message, as it would arrive.
    static func message(_ name: String) throws -> IncomingMessage {
        try message(try #require(try section("messages")[name]))
    }

    static func message(_ vector: JSONValue) throws -> IncomingMessage {
        let text = try #require(vector["body"]?.string)
        let body = try #require(Data(base64Encoded: text))
        return IncomingMessage(
            exchange: vector["exchange"]?.string ?? "",
            routingKey: try #require(vector["routing_key"]?.string),
            queue: "celery",
            properties: try properties(vector),
            body: [UInt8](body)
        )
    }

    static func properties(_ vector: JSONValue) throws -> MessageProperties {
        MessageProperties(
            contentType: vector["content_type"]?.string,
            contentEncoding: vector["content_encoding"]?.string,
            headers: try table(try #require(vector["headers"]?.array)),
            deliveryMode: vector["delivery_mode"]?.integer.map { UInt8($0) },
            priority: vector["priority"]?.integer.map { UInt8($0) },
            correlationID: vector["correlation_id"]?.string,
            replyTo: vector["reply_to"]?.string,
            expiration: vector["expiration"]?.string
        )
    }

    static func table(_ pairs: [JSONValue]) throws -> FieldTable {
        FieldTable(
            try pairs.map { pair in
                let name = try #require(pair[0]?.string)
                return FieldTable.Entry(name: name, value: try field(try #require(pair[1])))
            }
        )
    }

    private static func field(_ typed: JSONValue) throws -> FieldValue {
        let letter = try #require(typed[0]?.string)
        if letter == "V" { return .void }
        let value = try #require(typed[1])
        switch letter {
        case "t": return .bool(value == true)
        case "S": return .string(try #require(value.string))
        case "I": return .int32(Int32(try #require(value.integer)))
        case "L": return .int64(try #require(value.integer))
        case "d": return .double(try #require(value.double))
        case "A": return .array(try #require(value.array).map(field))
        case "F": return .table(try table(try #require(value.array)))
        default: throw UnknownLetter(letter: letter)
        }
    }

    struct UnknownLetter: Error {
        var letter: String
    }
}

/// The bytes as text, for readable differences.
func text(_ bytes: [UInt8]) -> String {
    String(decoding: bytes, as: UTF8.self)
}

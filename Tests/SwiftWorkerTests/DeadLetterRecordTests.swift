import BrokerModel
import JSON
import Testing

@testable import SwiftWorker

/// Dead letters as lines of JSON: what is exported comes back, bit by bit.
@Suite struct DeadLetterRecordTests {
    private func roundTrip(_ message: IncomingMessage) throws -> IncomingMessage {
        let line = DeadLetterRecord(message).encoded()
        #expect(!line.contains(UInt8(ascii: "\n")))
        return try DeadLetterRecord(parsing: line).message
    }

    private func expectSame(_ left: IncomingMessage, _ right: IncomingMessage) {
        #expect(left.body == right.body)
        #expect(left.properties == right.properties)
        #expect(left.queue == right.queue && left.exchange == right.exchange && left.routingKey == right.routingKey)
        #expect(left.isRedelivered == right.isRedelivered)
    }

    private func message(_ body: [UInt8], _ properties: MessageProperties = MessageProperties()) -> IncomingMessage {
        IncomingMessage(
            exchange: "swiftworker.dead",
            routingKey: "celery",
            queue: "celery.dead",
            isRedelivered: true,
            properties: properties,
            body: body
        )
    }

    @Test func everyHeaderTypeKeepsItsWidth() throws {
        let values: [FieldValue] = [
            .void, .bool(true), .int8(-128), .uint8(255), .int16(-32_768), .uint16(65_535), .int32(.min), .uint32(.max),
            .int64(.min), .uint64(.max), .float(0.1), .double(0.1), .double(.infinity), .double(-0.0),
            .decimal(scale: 255, unscaled: .max), .string(""), .string("ä\u{0}\n\"\u{2028}"), .string("e\u{301}"),
            .bytes([]),
            .bytes([0xff, 0x00]), .timestamp(.max), .array([]), .array([.void, .array([.int8(1)])]), .table([:]),
            .table(["a": .table(["b": .uint16(1)])]),
        ]
        var headers = FieldTable(values.enumerated().map { FieldTable.Entry(name: "h\($0.offset)", value: $0.element) })
        // A name twice, and names that only differ in their normal form.
        headers.entries.append(FieldTable.Entry(name: "h0", value: "again"))
        headers.entries.append(FieldTable.Entry(name: "e\u{301}", value: "1"))
        headers.entries.append(FieldTable.Entry(name: "\u{e9}", value: "2"))
        var properties = MessageProperties(
            contentType: "application/json",
            contentEncoding: "utf-8",
            headers: headers,
            deliveryMode: 2,
            priority: 255,
            correlationID: "c",
            replyTo: "",
            expiration: "0"
        )
        properties.messageID = "m"
        properties.timestamp = .max
        properties.type = "t"
        properties.userID = "u"
        properties.appID = "a"
        properties.clusterID = "cl"
        let original = message(Array("[[1], {}, null]".utf8), properties)
        let read = try roundTrip(original)
        expectSame(read, original)
        // Texts of one normal form are equal in Swift; on the wire they are not.
        let names = read.properties.headers?.entries.suffix(2).map { Array($0.name.utf8) }
        #expect(names == [[0x65, 0xcc, 0x81], [0xc3, 0xa9]])
    }

    @Test func absentAndEmptyAreDifferent() throws {
        expectSame(try roundTrip(message([])), message([]))
        let empty = message([], MessageProperties(headers: [:], replyTo: ""))
        expectSame(try roundTrip(empty), empty)
    }

    @Test func bodiesThatAreTextStayReadable() throws {
        let line = String(
            decoding: DeadLetterRecord(message(Array("[[\"ä\"], {}, null]".utf8))).encoded(),
            as: UTF8.self
        )
        #expect(line.contains(#""body": "[[\"\u00e4\"], {}, null]""#))
        #expect(!line.contains("body_base64"))
    }

    @Test(arguments: UInt64(1)...20)
    func anyBytesComeBack(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let count = Int.random(in: 0..<200, using: &generator)
            let isText = Bool.random(using: &generator)
            var body = (0..<count).map { _ in UInt8.random(in: 0...(isText ? 0x7f : 0xff), using: &generator) }
            // Pieces of characters, surrogates and marks of byte order.
            for piece in [
                [0xc3, 0xa9], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xf0, 0x9f, 0x98, 0x80], [0xc0, 0x80],
            ] as [[UInt8]]
            where Int.random(in: 0..<4, using: &generator) == 0 {
                body.insert(contentsOf: piece, at: Int.random(in: 0...body.count, using: &generator))
            }
            #expect(try roundTrip(message(body)).body == body)
        }
    }

    @Test(arguments: [
        "", "x", "[]", "{}", #"{"queue": "q"}"#, #"{"queue": "q", "properties": {}}"#,
        #"{"queue": "q", "properties": {}, "body": 1}"#, #"{"queue": "q", "properties": {"headers": {}}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a"]]}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a", 1]]}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a", {"int8": 128}]]}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a", {"int128": 1}]]}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a", {"array": [1]}]]}, "body": ""}"#,
        #"{"queue": "q", "properties": {"headers": [["a", {"int8": 1, "b": 2}]]}, "body": ""}"#,
    ])
    func whatIsNoRecordIsAnError(_ line: String) {
        #expect(throws: DeadLetterRecordError.self) { try DeadLetterRecord(parsing: Array(line.utf8)) }
    }

    @Test func isPutBackWhereItWas() {
        var properties = MessageProperties(headers: ["a": .uint8(1)])
        properties.userID = "u"
        let record = DeadLetterRecord(message([1], properties))
        let back = record.message()
        #expect(back.exchange == "" && back.routingKey == "celery.dead" && back.body == [1])
        #expect(back.properties.userID == nil && back.properties.headers == ["a": .uint8(1)])
        #expect(record.message(to: "other").routingKey == "other")
    }
}

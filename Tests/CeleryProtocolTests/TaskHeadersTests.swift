import BrokerModel
import CeleryProtocol
import JSON
import Testing

@Suite("Task headers")
struct TaskHeadersTests {
    private func headers(_ table: FieldTable) throws -> TaskHeaders {
        try #require(try TaskHeaders(properties: MessageProperties(headers: table)))
    }

    private func judge(_ table: FieldTable) -> InvalidMessage? {
        do {
            _ = try TaskHeaders(properties: MessageProperties(headers: table))
            return nil
        } catch {
            return error
        }
    }

    @Test("reads every field of a recorded message")
    func readsFull() throws {
        let message = try Vectors.message("v2_full")
        let headers = try #require(try TaskHeaders(properties: message.properties))
        #expect(headers.version == .two)
        #expect(headers.task == "proj.add")
        #expect(headers.id == message.properties.correlationID)
        #expect(headers.shadow == "shown")
        #expect(headers.displayName == "shown")
        #expect(headers.eta?.iso8601() == "2026-11-23T02:09:49.513678+00:00")
        #expect(headers.expires?.iso8601() == "2026-11-23T02:10:39.513678+00:00")
        #expect(headers.group == "gid")
        #expect(headers.groupIndex == 3)
        #expect(headers.retries == 2)
        #expect(headers.timeLimit == 30)
        #expect(headers.softTimeLimit == 2.5)
        #expect(headers.rootID == "root")
        #expect(headers.parentID == "parent")
        #expect(headers.argsRepr == "(1, 2.5)")
        #expect(headers.kwargsRepr == "{'deep': [[[...]]], 'none': None, 'yes': True}")
        #expect(headers.origin == "gen1@vm")
        #expect(headers.lang == "py")
        #expect(headers.ignoreResult == true)
        #expect(headers.stampedHeaders == nil)
        #expect(headers.stamps.isEmpty)
        #expect(headers.compression == nil)
        #expect(headers.raw["x-foo"] == .string("bar"))
        #expect(headers.raw == message.properties.headers)
    }

    @Test("reads a plain, a sent, a stamped and a compressed message")
    func readsOthers() throws {
        let plain = try #require(try TaskHeaders(properties: Vectors.message("v2_plain").properties))
        #expect(plain.eta == nil && plain.expires == nil && plain.group == nil && plain.groupIndex == nil)
        #expect(plain.timeLimit == nil && plain.softTimeLimit == nil && plain.parentID == nil)
        #expect(plain.rootID == plain.id)
        #expect(plain.ignoreResult == false)
        #expect(plain.displayName == "proj.add")
        let sent = try #require(try TaskHeaders(properties: Vectors.message("v2_send_task").properties))
        #expect(sent.ignoreResult == nil)
        let stamped = try #require(try TaskHeaders(properties: Vectors.message("v2_stamped").properties))
        #expect(stamped.stampedHeaders == ["stamp"])
        #expect(!stamped.stamps.isEmpty)
        let gzip = try #require(try TaskHeaders(properties: Vectors.message("v2_gzip").properties))
        #expect(gzip.compression == "application/x-gzip")
    }

    @Test("needs no more than a task and an id")
    func minimal() throws {
        let headers = try headers(["task": .string("t"), "id": .string("i"), "lang": .string("xx")])
        #expect(headers.task == "t")
        #expect(headers.id == "i")
        #expect(headers.retries == 0)
        #expect(headers.rootID == nil)
    }

    @Test("is nothing without a task header")
    func protocolOne() throws {
        #expect(try TaskHeaders(properties: MessageProperties()) == nil)
        #expect(try TaskHeaders(properties: MessageProperties(headers: ["id": .string("i")])) == nil)
        #expect(!TaskHeaders.isProtocolTwo(MessageProperties(headers: [:])))
        #expect(TaskHeaders.isProtocolTwo(MessageProperties(headers: ["task": .void])))
    }

    @Test(
        "takes any width of integers",
        arguments: [
            FieldValue.int8(7), .uint8(7), .int16(7), .uint16(7), .int32(7), .uint32(7), .int64(7), .uint64(7),
            .double(7), .float(7),
        ]
    )
    func integerWidths(_ seven: FieldValue) throws {
        let headers = try headers([
            "task": .string("t"), "id": .string("i"), "retries": seven, "group_index": seven,
            "timelimit": .array([seven, .void]),
        ])
        #expect(headers.retries == 7)
        #expect(headers.groupIndex == 7)
        #expect(headers.timeLimit == 7)
        #expect(headers.softTimeLimit == nil)
    }

    @Test("takes bytes for text, as py-amqp tells the two not apart")
    func bytesAsText() throws {
        let headers = try headers(["task": .bytes(Array("t".utf8)), "id": .bytes(Array("i".utf8))])
        #expect(headers.task == "t")
        #expect(headers.id == "i")
    }

    @Test("the last of two entries of a name counts")
    func duplicates() throws {
        let table = FieldTable([
            .init(name: "task", value: .string("a")), .init(name: "id", value: .string("i")),
            .init(name: "task", value: .string("b")),
        ])
        #expect(try headers(table).task == "b")
    }

    private static let refused: [(String, FieldValue?, InvalidMessage.Code)] = [
        ("id", nil, .missingID), ("id", .void, .missingID), ("id", .int32(5), .invalidField),
        ("task", .int32(5), .invalidField), ("eta", .string("garbage"), .invalidETA), ("eta", .int32(5), .invalidETA),
        ("eta", .timestamp(5), .invalidETA), ("expires", .string("2026-13-01"), .invalidExpires),
        ("expires", .array([]), .invalidExpires), ("retries", .string("1"), .invalidField),
        ("group", .table([:]), .invalidField), ("timelimit", .string("5"), .invalidField),
        ("timelimit", .array([.int32(1)]), .invalidField),
        ("timelimit", .array([.double(.nan), .void]), .invalidField), ("root_id", .bytes([0xff]), .invalidField),
    ]

    @Test("refuses what it can't work with")
    func refuses() throws {
        for (name, value, code) in Self.refused {
            var table: FieldTable = ["task": .string("t"), "id": .string("i")]
            table[name] = value
            let refusal = try #require(judge(table), "\(name) \(String(describing: value))")
            #expect(refusal.code == code, "\(name) \(String(describing: value))")
            #expect(refusal.disposition == .reject)
        }
    }

    @Test("words a bad ETA as Python does")
    func etaWords() throws {
        let table: FieldTable = ["task": .string("t"), "id": .string("i"), "eta": .string("it's")]
        #expect(try #require(judge(table)).message.hasPrefix("invalid ETA value \"it's\": "))
    }

    @Test("what Python takes for false is no time; display fields of a wrong type are dropped")
    func lenient() throws {
        let headers = try headers([
            "task": .string("t"), "id": .string("i"), "eta": .string(""), "expires": .int32(0), "shadow": .int32(1),
            "argsrepr": .table([:]), "stamped_headers": .string("x"), "timelimit": .array([]), "retries": .void,
        ])
        #expect(headers.eta == nil && headers.expires == nil && headers.shadow == nil && headers.argsRepr == nil)
        #expect(headers.stampedHeaders == nil && headers.timeLimit == nil && headers.retries == 0)
    }
}

import BrokerModel
import CeleryProtocol
import Foundation
import JSON
import OrderedCollections
import Testing

@Suite("Payload decoder")
struct PayloadDecoderTests {
    private let decoder = PayloadDecoder()
    private let json = MessageProperties(contentType: "application/json", contentEncoding: "utf-8")
    private let headers = TaskHeaders(task: "t", id: "i")

    private func decode(_ body: String) throws -> TaskPayload {
        try decoder.decode(body: Array(body.utf8), properties: json, headers: headers)
    }

    private func catching(_ work: () throws -> Void) -> InvalidMessage? {
        do {
            try work()
            return nil
        } catch {
            return error as? InvalidMessage
        }
    }

    @Test(
        "decodes every recorded message of protocol 2",
        arguments: [
            "plain", "kwargs", "full", "links", "chain", "types", "naive_eta", "send_task", "stamped", "chord_part",
            "gzip",
            "bzip2", "lzma",
        ]
    )
    func protocolTwo(_ name: String) throws {
        let message = try Vectors.message("v2_\(name)")
        let headers = try TaskHeaders(properties: message.properties)
        let payload = try decoder.decode(body: message.body, properties: message.properties, headers: headers)
        #expect(payload.args.kind == .array)
        #expect(payload.kwargs.kind == .object)
        #expect(!payload.isHybrid)
        #expect(payload.embed.isEmpty == !["links", "chain", "chord_part"].contains(name))
        // Nothing of what follows may change on the way.
        let again = JSONValue.array([payload.args.value, payload.kwargs.value, payload.embed.jsonValue])
        #expect(again == payload.document.root.value)
        if let argsRepr = headers?.argsRepr, name != "types" {
            #expect(PythonRepr.safeRepr(args: payload.args) == argsRepr)
            #expect(PythonRepr.safeRepr(payload.kwargs) == headers?.kwargsRepr)
        }
    }

    @Test(
        "decodes every recorded message of protocol 1",
        arguments: [
            "plain", "kwargs", "full", "links", "types", "naive_eta", "send_task",
        ]
    )
    func protocolOne(_ name: String) throws {
        let message = try Vectors.message("v1_\(name)")
        #expect(try TaskHeaders(properties: message.properties) == nil)
        let (headers, payload) = try decoder.decodeProtocolOne(body: message.body, properties: message.properties)
        #expect(headers.version == .one)
        #expect(headers.id == message.properties.correlationID)
        #expect(headers.rootID == nil)
        #expect(payload.args.kind == .array)
        #expect(payload.embed.chain == nil)
        switch name {
        case "full":
            #expect(headers.eta?.iso8601() == "2026-11-23T02:09:49.513678+00:00")
            #expect(headers.group == "gid")
            #expect(headers.retries == 2)
            #expect(headers.timeLimit == 30)
            #expect(headers.softTimeLimit == 2.5)
            #expect(headers.argsRepr == "[1, 2.5]")
            #expect(headers.kwargsRepr == "{'deep': [[[...]]], 'none': None, 'yes': True}")
        case "links":
            #expect(payload.embed.callbacks?.count == 1)
            #expect(payload.embed.errbacks?.count == 1)
        case "naive_eta":
            #expect(headers.eta?.iso8601() == "2030-01-02T03:04:05+00:00")
        default:
            #expect(payload.embed.isEmpty)
        }
    }

    @Test("judges bodies as kombu does")
    func refusals() throws {
        for vector in try Vectors.list("refusals") {
            let text = try #require(vector["body"]?.string)
            let body = [UInt8](try #require(Data(base64Encoded: text)))
            let properties = MessageProperties(
                contentType: vector["content_type"]?.string,
                contentEncoding: vector["content_encoding"]?.string
            )
            var headers = headers
            headers.compression = vector["compression"]?.string
            let refusal = catching { _ = try decoder.decode(body: body, properties: properties, headers: headers) }
            let note = Comment(rawValue: "\(String(decoding: body.prefix(80), as: UTF8.self)) \(vector)")
            switch vector["outcome"]?.string {
            case "decoded": #expect(refusal == nil, note)
            case "undecodable":
                #expect(refusal?.code == .undecodable, note)
                #expect(refusal?.disposition == .ackAndLog, note)
            default:
                #expect(refusal?.code == .contentTypeRefused, note)
                #expect(refusal?.disposition == .reject, note)
                #expect(refusal?.message == vector["text"]?.string, note)
            }
        }
    }

    @Test(
        "refuses forms that no task has, without running anything",
        arguments: [
            "null", "5", "\"text\"", "[]", "[[1], {}]", "[[1], {}, null, null]", "{}", "{\"kwargs\": {}}",
        ]
    )
    func notATask(_ body: String) {
        let refusal = catching { _ = try decode(body) }
        #expect(refusal?.code == .notATask)
        #expect(refusal?.disposition == .reject)
    }

    @Test(
        "fails tasks whose arguments are of the wrong type",
        arguments: [
            ("[[], [], null]", "Task keyword arguments is not a mapping"),
            ("[[], null, null]", "Task keyword arguments is not a mapping"),
            ("[[], 5, {}]", "Task keyword arguments is not a mapping"),
            ("[null, {}, null]", "Task positional arguments is not a list"),
            ("[{}, {}, null]", "Task positional arguments is not a list"),
            ("[\"ab\", {}, null]", "Task positional arguments is not a list"),
            ("[[], {}, []]", "Task embed is not a mapping"),
            ("[[], {}, {\"callbacks\": {}}]", "Task callbacks has the wrong type"),
            ("[[], {}, {\"chain\": \"x\"}]", "Task chain has the wrong type"),
            ("[[], {}, {\"chord\": []}]", "Task chord has the wrong type"),
        ]
    )
    func failsTask(_ body: String, _ message: String) throws {
        let refusal = try #require(catching { _ = try decode(body) })
        #expect(refusal.disposition == .failTask)
        #expect(refusal.pythonException.type == "InvalidTaskError")
        #expect(refusal.pythonException.module == "celery.exceptions")
        #expect(refusal.pythonException.arguments == [.string(message)])
    }

    @Test(
        "needs neither embed nor its keys",
        arguments: ["[[1], {}, null]", "[[1], {}, {}]", "[[1], {}, {\"chord\": null}]"]
    )
    func sparseEmbed(_ body: String) throws {
        let payload = try decode(body)
        #expect(payload.args[0]?.integer == 1)
        #expect(payload.embed.isEmpty)
    }

    @Test("keeps unknown keys of embed, and unknown keys of signatures")
    func keepsUnknown() throws {
        let signature = "{\"task\": \"x\", \"chord_size\": 3, \"options\": {\"odd\": 1}}"
        let body = "[[], {}, {\"callbacks\": [\(signature)], \"later\": [1]}]"
        let embed = try decode(body).embed
        #expect(embed.unknown == ["later": [1]])
        #expect(embed.callbacks?.first?["chord_size"] == 3)
        let text = text(embed.jsonValue.serialized())
        #expect(
            text
                == "{\"callbacks\": [\(signature)], \"errbacks\": null, \"chain\": null, \"chord\": null, \"later\": [1]}"
        )
    }

    @Test("takes a hybrid: a body of protocol 1 under headers of protocol 2")
    func hybrid() throws {
        let properties = MessageProperties(
            contentType: "application/json",
            headers: ["task": .string("h.task"), "id": .string("h-id"), "eta": .void]
        )
        let body = """
            {"task": "b.task", "id": "b-id", "args": [1], "kwargs": {"k": 2}, "retries": 4, "timelimit": [3, null],
             "eta": "2030-01-01", "expires": "2031-01-01", "group": "g", "callbacks": [{"task": "c"}], "chain": [1]}
            """
        var headers = try #require(try TaskHeaders(properties: properties))
        let payload = try decoder.decode(body: Array(body.utf8), properties: properties, headers: headers)
        #expect(payload.isHybrid)
        #expect(payload.args.value == [1])
        #expect(payload.kwargs.value == ["k": 2])
        #expect(payload.embed.callbacks == [["task": "c"]])
        #expect(payload.embed.chain == nil)
        try headers.adoptHybridDefaults(payload.document.root)
        #expect(headers.task == "h.task")
        #expect(headers.id == "h-id")
        #expect(headers.retries == 4)
        #expect(headers.timeLimit == 3)
        #expect(headers.group == "g")
        #expect(headers.eta == nil)
        #expect(headers.expires?.iso8601() == "2031-01-01T00:00:00+00:00")
    }

    @Test("fills in what a message of protocol 1 leaves out")
    func sparseProtocolOne() throws {
        let body = Array("{\"task\": \"t\", \"id\": \"i\", \"taskset\": \"s\", \"group\": \"g\"}".utf8)
        let (headers, payload) = try decoder.decodeProtocolOne(body: body, properties: json)
        #expect(payload.args.value == [])
        #expect(payload.kwargs.value == [:])
        #expect(headers.group == "s")
        #expect(headers.argsRepr == "[]")
        #expect(headers.kwargsRepr == "{}")
        #expect(headers.retries == 0)
    }

    @Test(
        "refuses broken messages of protocol 1",
        arguments: [
            ("{}", InvalidMessage.Code.notATask), ("[]", .notATask), ("null", .notATask),
            ("{\"id\": \"i\"}", .notATask),
            ("{\"task\": null, \"id\": \"i\"}", .invalidField), ("{\"task\": \"t\"}", .missingID),
            ("{\"task\": \"t\", \"id\": null}", .missingID), ("{\"task\": \"t\", \"id\": 5}", .invalidField),
            ("{\"task\": \"t\", \"id\": \"i\", \"kwargs\": []}", .argumentsNotAMapping),
            ("{\"task\": \"t\", \"id\": \"i\", \"kwargs\": null}", .argumentsNotAMapping),
            ("{\"task\": \"t\", \"id\": \"i\", \"args\": {}}", .argumentsNotAMapping),
            ("{\"task\": \"t\", \"id\": \"i\", \"eta\": \"x\"}", .invalidETA),
            ("{\"task\": \"t\", \"id\": \"i\", \"expires\": 5}", .invalidExpires),
            ("{\"task\": \"t\", \"id\": \"i\", \"retries\": \"5\"}", .invalidField),
            ("{\"task\": \"t\", \"id\": \"i\", \"timelimit\": [1]}", .invalidField),
            ("{\"task\": \"t\", \"id\": \"i\", \"callbacks\": 5}", .invalidField),
        ]
    )
    func brokenProtocolOne(_ body: String, _ code: InvalidMessage.Code) {
        let refusal = catching { _ = try decoder.decodeProtocolOne(body: Array(body.utf8), properties: json) }
        #expect(refusal?.code == code)
        #expect(refusal?.disposition == .reject)
    }

    @Test("rejects a missing content type, content that nobody decodes, and an empty body")
    func undecoded() {
        let body = Array("[[], {}, null]".utf8)
        for type in [nil, "", "application/data", "application/text"] as [String?] {
            let properties = MessageProperties(contentType: type)
            let refusal = catching { _ = try decoder.decode(body: body, properties: properties, headers: headers) }
            #expect(refusal?.code == .notATask)
            #expect(refusal?.disposition == .reject)
        }
        #expect(catching { _ = try decode("") }?.code == .notATask)
    }

    @Test("accepts what it is told to, by name or type")
    func accept() throws {
        let body = Array("[[], {}, null]".utf8)
        let none = PayloadDecoder(accept: [])
        let disallowed = catching { _ = try none.decode(body: body, properties: json, headers: headers) }
        #expect(disallowed?.code == .contentTypeRefused)
        let typed = PayloadDecoder(accept: ["application/json", "yaml"])
        _ = try typed.decode(body: body, properties: json, headers: headers)
        let yaml = MessageProperties(contentType: "application/x-yaml")
        let refusal = catching { _ = try typed.decode(body: body, properties: yaml, headers: headers) }
        #expect(refusal?.message == "No decoder installed for yaml (application/x-yaml)")
    }

    @Test("bounds the body before and after decompression, and the nesting")
    func bounds() throws {
        let small = PayloadDecoder(maxBytes: 1000, limits: JSONLimits(maxDepth: 5))
        let long = Array("[[\"\(String(repeating: "x", count: 1000))\"], {}, null]".utf8)
        #expect(catching { _ = try small.decode(body: long, properties: json, headers: headers) }?.code == .tooLarge)
        let deep = Array("[[[[[[[1]]]]]], {}, null]".utf8)
        let refused = catching { _ = try small.decode(body: deep, properties: json, headers: headers) }
        #expect(refused?.disposition == .ackAndLog)
        let vectors = try Vectors.section("compressions")
        for name in ["application/x-gzip", "application/x-bz2", "application/x-lzma", "application/zstd"] {
            var headers = headers
            headers.compression = name
            let text = try #require(vectors[name]?.string)
            let body = [UInt8](try #require(Data(base64Encoded: text)))
            let payload = try decoder.decode(body: body, properties: json, headers: headers)
            #expect(payload.args[0]?.string?.utf8.count == 12_000)
            let refused = catching { _ = try small.decode(body: body, properties: json, headers: headers) }
            #expect(refused?.code == .tooLarge, "\(name)")
            #expect(refused?.disposition == .reject)
        }
    }

    @Test("finds the mark of wrapped values wherever it stands")
    func findsMark() {
        for padding in 0..<40 {
            let filler = String(repeating: "x", count: padding)
            let wrapped = "[[\"\(filler)\", {\"__type__\": \"no\", \"__value__\": 1}], {}, null]"
            #expect(catching { _ = try decode(wrapped) }?.code == .undecodable)
            let near = "[[\"\(filler)_type__ __type_ __typ__type _____typetype____\"], {}, null]"
            #expect(catching { _ = try decode(near) } == nil)
        }
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@Suite("Signatures")
struct SignatureTests {
    @Test("those of recorded messages come through unchanged")
    func recorded() throws {
        let decoder = PayloadDecoder()
        for name in ["v2_links", "v2_chain", "v2_chord_part"] {
            let message = try Vectors.message(name)
            let headers = try TaskHeaders(properties: message.properties)
            let embed = try decoder.decode(body: message.body, properties: message.properties, headers: headers).embed
            let values =
                (embed.callbacks ?? []) + (embed.errbacks ?? []) + (embed.chain ?? [])
                + [embed.chord].compactMap(\.self)
            try #require(!values.isEmpty)
            for value in values {
                let signature = try Signature(value)
                #expect(signature.jsonValue.serialized() == value.serialized())
                #expect(signature.task.hasPrefix("proj."))
            }
            if name == "v2_chain" {
                #expect(try embed.chain?.map { try Signature($0).args } == [[4], [3]])
                #expect(try embed.chain?.compactMap { try Signature($0).taskID }.count == 2)
            }
        }
    }

    @Test("null fields have their defaults, unknown keys are kept")
    func sparse() throws {
        let value: JSONValue = ["task": "t", "args": .null, "options": .null, "chord_size": 3, "subtask_type": "group"]
        let signature = try Signature(value)
        #expect(signature.args.isEmpty && signature.options.isEmpty && !signature.isImmutable)
        #expect(signature.subtaskType == "group")
        #expect(signature.jsonValue["chord_size"] == 3)
    }

    @Test(
        "what is no signature is refused",
        arguments: [
            .null, [], "t", [:], ["task": 5], ["task": "t", "args": [:]], ["task": "t", "kwargs": []],
            ["task": "t", "immutable": "yes"],
        ] as [JSONValue]
    )
    func refused(_ value: JSONValue) {
        #expect(throws: ProtocolError.self) { try Signature(value) }
    }
}

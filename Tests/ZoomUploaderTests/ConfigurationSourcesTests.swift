import JSON
import OrderedCollections
import Testing

@testable import ZoomUploader

@Suite("A recording's configuration")
struct ConfigurationSourcesTests {
    @Test(
        "Objects are merged member by member, nulls are passed over",
        arguments: [
            (["a": 1, "b": 2], ["b": 3, "c": 4], ["a": 1, "b": 3, "c": 4]),
            (["a": ["b": 1, "c": 2]], ["a": ["c": 3]], ["a": ["b": 1, "c": 3]]),
            (["a": 1], ["a": .null], ["a": 1]),
            (["a": "x"], ["a": ""], ["a": ""]),
            (["a": [1, 2]], ["a": [3]], ["a": [3]]),
            (["a": 1], ["a": ["b": 2]], ["a": ["b": 2]]),
            (["a": ["b": 2]], ["a": 1], ["a": 1]),
            (["a": 1], ["b": ["c": .null]], ["a": 1, "b": ["c": .null]]),
            (["a": 1], .null, ["a": 1]),
        ] as [(JSONValue, JSONValue, JSONValue)]
    )
    func merging(base: JSONValue, override: JSONValue, expected: JSONValue) {
        #expect(base.merged(with: override) == expected)
    }

    @Test("Nulls count where they are kept, and members keep their order")
    func keepingNulls() throws {
        let base: JSONValue = ["a": 1, "b": 2, "c": 3]
        #expect(base.merged(with: ["b": .null], keepingNulls: true) == ["a": 1, "b": .null, "c": 3])
        #expect(Array(try #require(base.merged(with: ["b": 9, "d": 4]).object).keys) == ["a", "b", "c", "d"])
    }

    @Test("Without sources the defaults hold")
    func defaults() throws {
        #expect(ConfigurationSources().resolved() == BuiltInDefaults.configuration)
        #expect(try TrimmingSettings(ConfigurationSources().resolved()) == TrimmingSettings())
        #expect(ConfigurationSources().resolvedOutput() == [:])
    }

    @Test("Later sources win: user, template, runtime template, preferences, override", arguments: 0..<6)
    func order(sources: Int) {
        func layer(_ rank: Int) -> JSONValue? {
            rank < sources ? ["trimming": ["padding_before": .integer(Int64(rank))], "seen": [:]] : nil
        }
        var input = ConfigurationSources()
        input.user = layer(0)
        input.template = .init(processing: layer(1))
        input.runtimeTemplate = .init(processing: layer(2))
        input.preferences = layer(3)
        input.manualOverride = layer(4)
        let expected = sources == 0 ? 5.0 : Double(min(sources, 5) - 1)
        let resolved = input.resolved()
        #expect(resolved["trimming"]?["padding_before"]?.double == expected)
        // The rest of the object stays.
        #expect(resolved["trimming"]?["silence_threshold"]?.double == -40)
    }

    @Test("A runtime template brings its metadata under a name of its own, and its id doesn't stay")
    func runtimeTemplate() {
        var input = ConfigurationSources()
        input.template = .init(metadata: ["title": "not this one"])
        input.runtimeTemplate = .init(metadata: ["title": "T"])
        input.manualOverride = ["runtime_template_id": 7, "metadata_config": ["tags": [1]]]
        let resolved = input.resolved()
        #expect(resolved["metadata_config"] == ["title": "T", "tags": [1]])
        #expect(resolved["runtime_template_id"] == nil)
        #expect(ConfigurationSources.runtimeTemplateID(of: input.manualOverride) == 7)
    }

    @Test("processing_config is lifted to the top, over what is there; other blocks are not")
    func flattening() {
        var input = ConfigurationSources()
        input.preferences = [
            "trimming": ["padding_before": 1, "padding_after": 1], "output_config": ["auto_upload": true],
        ]
        input.manualOverride = ["processing_config": ["trimming": ["padding_before": 2]]]
        let resolved = input.resolved()
        #expect(resolved["trimming"]?["padding_before"] == 2)
        #expect(resolved["trimming"]?["padding_after"] == 1)
        #expect(resolved["processing_config"] == nil)
        #expect(resolved["output_config"] == ["auto_upload": true])
        #expect(resolved["auto_upload"] == nil)
    }

    @Test("A null in the user's own settings reaches the defaults, elsewhere it doesn't")
    func nulls() throws {
        var input = ConfigurationSources()
        input.user = ["trimming": ["padding_before": .null]]
        input.preferences = ["trimming": ["padding_after": .null]]
        let resolved = input.resolved()
        #expect(resolved["trimming"]?["padding_before"] == .some(.null))
        #expect(resolved["trimming"]?["padding_after"] == 5.0)
        #expect(try TrimmingSettings(resolved).paddingBefore == 5)
    }

    @Test("The output's configuration is the recording's own as it is, else merged from the others")
    func output() {
        var input = ConfigurationSources()
        input.user = ["output": ["auto_upload": false, "a": 1]]
        input.template = .init(output: ["auto_upload": true, "preset_ids": [1]])
        input.runtimeTemplate = .init(output: ["preset_ids": [2]])
        input.manualOverride = ["output_config": ["b": 2, "a": .null]]
        #expect(input.resolvedOutput() == ["auto_upload": true, "a": 1, "preset_ids": [2], "b": 2])
        input.preferences = ["output_config": ["only": true]]
        #expect(input.resolvedOutput() == ["only": true])
    }

    @Test(
        "What is no number is refused by name",
        arguments: [
            ("silence_threshold", "-40"), ("min_silence_duration", true), ("padding_before", [1]),
            ("padding_after", .double(.infinity)), ("min_silence_duration", -1),
        ] as [(String, JSONValue)]
    )
    func refusedNumbers(name: String, value: JSONValue) {
        let configuration = JSONValue.object(["trimming": .object([name: value])])
        let error = #expect(throws: ZoomUploaderError.self) { try TrimmingSettings(configuration) }
        #expect(error?.code == .invalid)
        #expect(error?.message.contains(name) == true)
    }
}

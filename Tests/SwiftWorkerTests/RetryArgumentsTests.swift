import BrokerModel
import CeleryProtocol
import JSON
import OrderedCollections
import Testing

@testable import SwiftWorker

/// What a retry that gives only some arguments keeps of its run's; the cases are those of Celery 5.7's `Task.retry`.
@Suite struct RetryArgumentsTests {
    struct Case: Sendable, CustomTestStringConvertible {
        /// Of the run: `[args, kwargs]`.
        let run: String
        let args: [JSONValue]?
        let kwargs: JSONObject?
        /// What the next run is called with.
        let expected: String
        var testDescription: String { "\(run) → \(expected)" }

        init(_ run: String, args: [JSONValue]? = nil, kwargs: JSONObject? = nil, _ expected: String) {
            self.run = run
            self.args = args
            self.kwargs = kwargs
            self.expected = expected
        }
    }

    private struct Arguments: Decodable {
        var recordingID: Int
        var user: String
        var force: Bool?
    }

    static let cases = [
        Case(#"[[1, "u"], {}]"#, #"[[1, "u"], {}]"#),
        Case(#"[[1, "u"], {}]"#, args: [2], #"[[2], {}]"#),
        Case(#"[[], {"recording_id": 1, "user": "u"}]"#, args: [2], #"[[2], {"user": "u"}]"#),
        Case(#"[[], {"recordingID": 1, "user": "u"}]"#, args: [2, "v"], #"[[2, "v"], {}]"#),
        Case(#"[[], {"user": "u"}]"#, args: [], #"[[], {"user": "u"}]"#),
        Case(#"[[], {"user": "u", "other": 1}]"#, args: [1, 2, 3, 4], #"[[1, 2, 3, 4], {"other": 1}]"#),
        Case(#"[[1, "u"], {"force": true}]"#, kwargs: ["user": "v"], #"[[1, "v"], {}]"#),
        Case(#"[[1], {"user": "u"}]"#, kwargs: ["user": "v"], #"[[1], {"user": "v"}]"#),
        Case(#"[[1, "u"], {}]"#, kwargs: ["recordingID": 2, "force": true], #"[[2, "u"], {"force": true}]"#),
        Case(#"[[1, "u", true, 4], {}]"#, kwargs: ["user": "v"], #"[[1, "u", true, 4], {"user": "v"}]"#),
        Case(#"[[1], {"user": "u"}]"#, args: [2], kwargs: ["user": "v"], #"[[2], {"user": "v"}]"#),
    ]

    @Test(arguments: cases) func completes(_ test: Case) throws {
        let run = try JSONValue(parsing: Array(test.run.utf8))
        var request = RetryRequest(arguments: test.args, keywordArguments: test.kwargs)
        request.completeArguments(
            from: try payload(run),
            ParameterList(of: Arguments.self, function: "task")
        )
        let args = request.arguments.map(JSONValue.array) ?? run[0] ?? .null
        let kwargs = request.keywordArguments.map(JSONValue.object) ?? run[1] ?? .null
        let expected = try JSONValue(parsing: Array(test.expected.utf8))
        #expect(.array([args, kwargs]) == expected)
    }

    @Test func aListOfArgumentsHasNoNames() throws {
        var request = RetryRequest(keywordArguments: ["x": 1])
        let list = ParameterList(of: [Int].self, function: "task")
        request.completeArguments(from: try payload([[1, 2], [:]]), list)
        #expect(request.arguments == nil && request.keywordArguments == ["x": 1])
    }

    private func payload(_ run: JSONValue) throws -> TaskPayload {
        try PayloadDecoder(accept: ["json"], maxBytes: 1 << 20).decode(
            body: JSONValue.array([run[0] ?? [], run[1] ?? [:], [:]]).serialized(),
            properties: MessageProperties(contentType: "application/json", contentEncoding: "utf-8"),
            headers: TaskHeaders(task: "t", id: "i")
        )
    }
}

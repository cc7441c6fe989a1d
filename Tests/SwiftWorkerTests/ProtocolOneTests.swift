import BrokerModel
import JSON
import Testing

@testable import SwiftWorker

/// Messages of protocol 1, whose metadata are in the body: it is opened on the connection's thread.
@Suite(.timeLimit(.minutes(1))) struct ProtocolOneTests {
    private func body(_ arguments: String) -> String {
        #"{"task": "tasks.count", "id": "t1", "args": [[\#(arguments)]], "kwargs": {}}"#
    }

    @Test func aBodyOfTooManyValuesIsRefused() async throws {
        let harness = try WorkerHarness { Count() }
        try await harness.run {
            let bomb = String(repeating: "[],", count: JSONLimits().maxValues / 2) + "[]"
            harness.send("tasks.count", body: body(bomb)) { $0.headers = [:] }
            try await harness.settled(.ack)
            #expect(harness.worker.counters.refused.value == 1)
            #expect(harness.log.contains("more than \(JSONLimits().maxValues) values"))
        }
        #expect(harness.worker.counters.started.value == 0)
    }

    @Test func aLargeBodyIsNotRefused() async throws {
        let harness = try WorkerHarness { Count() }
        try await harness.run {
            let text = String(repeating: "x", count: 1_000_000)
            harness.send("tasks.count", body: body((0..<4).map { _ in "\"\(text)\"" }.joined(separator: ","))) {
                $0.headers = [:]
            }
            let states = try await harness.states(1)
            #expect(states.first?["result"] == 4)
        }
    }
}

/// Counts the values of a list.
private struct Count: WorkerTask {
    static let name = "tasks.count"
    struct Arguments: Decodable { var values: [JSONValue] }

    func run(_ arguments: Arguments, _ context: TaskContext) async throws -> Int { arguments.values.count }
}

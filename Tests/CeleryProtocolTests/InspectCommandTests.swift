import BrokerModel
import JSON
import OrderedCollections
import Testing

@testable import CeleryProtocol

/// What is asked of a worker (Celery reference, 7.5 and 7.8).
@Suite struct InspectCommandTests {
    private func command(_ method: String, _ arguments: JSONObject = [:]) throws -> ControlCommand {
        try ControlCommand(ControlRequest(method, arguments))
    }

    @Test func questionsAreReadUnderBothNames() throws {
        let questions: [(String, JSONObject, InspectCommand)] = [
            ("ping", [:], .ping), ("clock", [:], .clock), ("report", [:], .report), ("stats", [:], .stats),
            ("conf", ["with_defaults": false], .conf(withDefaults: false)),
            ("dump_conf", ["with_defaults": true], .conf(withDefaults: true)),
            // The command line sends what was typed.
            ("conf", ["with_defaults": "1"], .conf(withDefaults: true)),
            ("active", ["safe": .null], .active(isSafe: false)), ("dump_active", ["safe": true], .active(isSafe: true)),
            ("reserved", [:], .reserved), ("dump_reserved", [:], .reserved), ("scheduled", [:], .scheduled),
            ("dump_schedule", [:], .scheduled), ("revoked", [:], .revoked), ("dump_revoked", [:], .revoked),
            ("registered", ["taskinfoitems": []], .registered(attributes: [], builtIns: false)),
            (
                "dump_tasks", ["taskinfoitems": ["rate_limit", "__class__"], "builtins": true],
                .registered(attributes: ["rate_limit"], builtIns: true)
            ),
            ("query_task", ["ids": ["a", "b"]], .queryTask(ids: ["a", "b"])),
            ("query_task", ["ids": "a"], .queryTask(ids: ["a"])), ("active_queues", [:], .activeQueues),
            ("memsample", [:], .memorySample), ("memdump", ["samples": 10], .memoryDump),
            ("objgraph", ["num": 200, "max_depth": 10, "type": "Request"], .objectGraph),
            ("hello", ["from_node": "w@h", "revoked": ["a"]], .hello(from: "w@h", revoked: ["a"])),
            // Before Celery 5.7.
            ("hello", ["from_node": "w@h", "revoked": ["a": 12.5]], .hello(from: "w@h", revoked: ["a"])),
            ("hello", ["from_node": "w@h", "revoked": .null], .hello(from: "w@h", revoked: [])),
        ]
        for (method, arguments, expected) in questions {
            let found = try command(method, arguments)
            guard case .inspect(let question) = found else {
                Issue.record("\(method): \(found)")
                continue
            }
            #expect(question == expected, "\(method)")
        }
    }

    @Test func ordersToTheWorkerAreRead() throws {
        func expect(_ method: String, _ arguments: JSONObject = [:], _ matches: (ControlCommand) -> Bool) throws {
            let found = try command(method, arguments)
            #expect(matches(found), "\(method) \(arguments): \(found)")
        }
        try expect("pool_grow") { if case .resizePool(by: 1) = $0 { true } else { false } }
        try expect("pool_grow", ["n": 3]) { if case .resizePool(by: 3) = $0 { true } else { false } }
        try expect("pool_grow", ["n": "3"]) { if case .resizePool(by: 3) = $0 { true } else { false } }
        try expect("pool_shrink", ["n": 2]) { if case .resizePool(by: -2) = $0 { true } else { false } }
        try expect("pool_restart", ["modules": .null, "reload": false]) {
            if case .restartPool = $0 { true } else { false }
        }
        try expect("autoscale", ["max": 10, "min": 3]) {
            if case .autoscale(maximum: 10, minimum: 3) = $0 { true } else { false }
        }
        try expect("time_limit", ["task_name": "t", "soft": 5, "hard": "10.5"]) {
            if case .timeLimit(task: "t", soft: 5, hard: 10.5) = $0 { true } else { false }
        }
        try expect("time_limit", ["task_name": "t", "soft": .null]) {
            if case .timeLimit(task: "t", soft: nil, hard: nil) = $0 { true } else { false }
        }
        try expect("enable_events") { if case .setTaskEvents(true) = $0 { true } else { false } }
        try expect("disable_events") { if case .setTaskEvents(false) = $0 { true } else { false } }
        try expect("heartbeat") { if case .heartbeat = $0 { true } else { false } }
        try expect("shutdown") { if case .shutdown = $0 { true } else { false } }
        try expect("election", ["id": "e", "topic": "task", "action": ["task": "t"]]) {
            if case .election(id: "e", topic: "task", action: ["task": "t"]) = $0 { true } else { false }
        }
    }

    @Test func argumentsThatDoNotFitAreAnsweredInPythonsWords() throws {
        let cases: [(String, JSONObject, String)] = [
            ("nosuch", [:], "KeyError('nosuch')"),
            ("query_task", [:], "TypeError(\"query_task() missing 1 required positional argument: 'ids'\")"),
            ("hello", [:], "TypeError(\"hello() missing 1 required positional argument: 'from_node'\")"),
            (
                "active_queues", ["x": 1],
                "TypeError(\"active_queues() got an unexpected keyword argument 'x'\")"
            ),
        ]
        for (method, arguments, expected) in cases {
            do {
                let found = try command(method, arguments)
                Issue.record("\(method): \(found)")
            } catch {
                let found = (error as? PythonException)?.repr ?? ""
                #expect(found == expected)
            }
        }
        for arguments: JSONObject in [["n": "x"], ["n": -1], ["n": 1e9], ["n": [1]], ["n": 100_000]] {
            #expect(throws: PythonException.self) { try command("pool_grow", arguments) }
        }
        for arguments: JSONObject in [["task_name": "t", "hard": "x"], ["task_name": "t", "hard": []]] {
            #expect(throws: PythonException.self) { try command("time_limit", arguments) }
        }
    }
}

import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker
import Testing

@testable import WorkerCommands

/// Words of `inspect` and `control`, and the requests that they amount to.
@Suite struct RemoteCommandTests {
    @Test(
        arguments: [
            ("active", [], [:]), ("active_queues", [], [:]), ("clock", [], [:]), ("conf", [], [:]),
            ("conf", ["true"], ["with_defaults": true]), ("conf", ["no"], ["with_defaults": false]),
            ("memdump", ["5"], ["samples": 5]), ("memsample", [], [:]),
            ("objgraph", ["Request", "10", "3"], ["type": "Request", "num": 10, "max_depth": 3]), ("ping", [], [:]),
            ("query_task", ["a", "b"], ["ids": ["a", "b"]]), ("registered", [], ["taskinfoitems": []]),
            ("registered", ["rate_limit"], ["taskinfoitems": ["rate_limit"]]), ("report", [], [:]),
            ("reserved", [], [:]), ("revoked", [], [:]), ("scheduled", [], [:]), ("stats", [], [:]),
        ] as [(String, [String], JSONObject)]
    )
    func inspect(name: String, words: [String], arguments: JSONObject) throws {
        let request = try RemoteCommand.request(name, words, among: RemoteCommand.inspect, of: "inspect")
        #expect(request.method == name)
        #expect(request.arguments == arguments)
    }

    @Test(
        arguments: [
            ("add_consumer", ["q"], ["queue": "q"]),
            (
                "add_consumer", ["q", "e", "topic", "k"],
                ["queue": "q", "exchange": "e", "exchange_type": "topic", "routing_key": "k"]
            ),
            ("autoscale", [], [:]), ("autoscale", ["5"], ["max": 5]), ("autoscale", ["5", "2"], ["max": 5, "min": 2]),
            ("cancel_consumer", ["q"], ["queue": "q"]), ("disable_events", [], [:]), ("enable_events", [], [:]),
            ("election", ["i", "t"], ["id": "i", "topic": "t"]),
            ("election", ["i", "t", "a"], ["id": "i", "topic": "t", "action": "a"]), ("heartbeat", [], [:]),
            ("pause", ["queue", "v*"], ["queue": "v*"]),
            ("pause", ["task", "v.*", "why"], ["task": "v.*", "reason": "why"]),
            ("pool_grow", [], [:]), ("pool_grow", ["3"], ["n": 3]), ("pool_restart", [], [:]),
            ("pool_shrink", ["2"], ["n": 2]), ("rate_limit", ["t", "5/m"], ["task_name": "t", "rate_limit": "5/m"]),
            ("resume", ["queue", "v*"], ["queue": "v*"]), ("revoke", ["a", "b"], ["task_id": ["a", "b"]]),
            ("revoke_by_stamped_headers", ["k=v", "k=w"], ["headers": ["k=v", "k=w"]]), ("shutdown", [], [:]),
            ("terminate", ["KILL", "a", "b"], ["signal": "KILL", "task_id": ["a", "b"]]),
            ("time_limit", ["t", "1.5"], ["task_name": "t", "soft": 1.5]),
            ("time_limit", ["t", "1.5", "3"], ["task_name": "t", "soft": 1.5, "hard": 3.0]),
        ] as [(String, [String], JSONObject)]
    )
    func control(name: String, words: [String], arguments: JSONObject) throws {
        let request = try RemoteCommand.request(name, words, among: RemoteCommand.control, of: "control")
        #expect(request.method == name)
        #expect(request.arguments == arguments)
    }

    /// Every command is in the tables above, and the worker knows it.
    @Test func theWorkerKnowsEachCommand() throws {
        for command in RemoteCommand.inspect + RemoteCommand.control {
            #expect(ControlCommand.names.contains(command.name), "\(command.name)")
        }
        #expect(RemoteCommand.inspect.count == 15)
        #expect(RemoteCommand.control.count == 18)
    }

    @Test(arguments: [
        ("inspect", "query_task", [], "inspect: query_task takes ID..."),
        ("inspect", "ping", ["x"], "inspect: ping takes no arguments"),
        ("inspect", "conf", ["maybe"], "inspect: conf takes [WITH_DEFAULTS]"),
        ("inspect", "memdump", ["many"], "inspect: memdump takes [SAMPLES]"),
        ("inspect", "actve", [], "inspect: no command 'actve'; did you mean 'active'?"),
        ("inspect", "revoke", ["x"], "inspect: no command 'revoke'"),
        ("control", "revoke", [], "control: revoke takes ID..."),
        ("control", "terminate", ["KILL"], "control: terminate takes SIGNAL ID..."),
        ("control", "rate_limit", ["t"], "control: rate_limit takes TASK RATE"),
        ("control", "rate_limit", ["t", "5/m", "x"], "control: rate_limit takes TASK RATE"),
        ("control", "time_limit", ["t"], "control: time_limit takes TASK SOFT [HARD]"),
        ("control", "time_limit", ["t", "soon"], "control: time_limit takes TASK SOFT [HARD]"),
        ("control", "pool_grow", ["some"], "control: pool_grow takes [N]"),
        ("control", "cancel_consumer", [], "control: cancel_consumer takes QUEUE"),
        ("control", "revoke_by_stamped_headers", ["k"], "control: revoke_by_stamped_headers takes KEY=VALUE..."),
        ("control", "pause", ["worker", "x"], "control: pause takes queue|task PATTERN [REASON]"),
        ("control", "election", ["i"], "control: election takes ID TOPIC [ACTION]"),
        ("control", "shutdown", ["now"], "control: shutdown takes no arguments"),
    ])
    func otherWordsAreRefused(group: String, name: String, words: [String], message: String) throws {
        let commands = group == "inspect" ? RemoteCommand.inspect : RemoteCommand.control
        let error = #expect(throws: StartError.self) {
            try RemoteCommand.request(name, words, among: commands, of: group)
        }
        #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
        #expect(error?.exitCode == 2)
    }

    @Test func theProgramsOwnCommandsTakeNamedValues() throws {
        let own = RemoteCommand(CustomCommand("drain_disk", "Makes room.") { _ in .null })
        let request = try RemoteCommand.request(
            "drain_disk",
            ["path=/tmp", "keep=3", "dry=true", "list=[1]", "text=a=b", "none="],
            among: [own],
            of: "control"
        )
        let expected: JSONObject = [
            "path": "/tmp", "keep": 3, "dry": true, "list": [1], "text": "a=b", "none": "",
        ]
        #expect(request.arguments == expected)
        #expect(throws: StartError.self) {
            try RemoteCommand.request("drain_disk", ["path"], among: [own], of: "control")
        }
    }

    @Test func theListIsSortedAndAligned() {
        let lines = RemoteCommand.list(RemoteCommand.control).split(separator: "\n")
        #expect(lines.count == RemoteCommand.control.count)
        #expect(lines == lines.sorted())
        #expect(lines.contains { $0.hasPrefix("  add_consumer QUEUE [EXCHANGE [TYPE [ROUTING_KEY]]]") })
    }
}

import CeleryProtocol
import JSON
import OrderedCollections

/// A command as it is typed: which words become which arguments (Celery reference, 7.11).
struct RemoteCommand: Sendable {
    let name: String
    /// What follows the name, for help and messages.
    let signature: String
    let summary: String
    let arguments: @Sendable ([String]) -> JSONObject?

    /// Those of `swiftworker control`.
    static let control: [RemoteCommand] = [
        RemoteCommand("add_consumer", "QUEUE [EXCHANGE [TYPE [ROUTING_KEY]]]", "Consumes from a queue, too.") {
            named(["queue", "exchange", "exchange_type", "routing_key"], needing: 1, $0)
        },
        RemoteCommand("cancel_consumer", "QUEUE", "Consumes from a queue no more.") {
            named(["queue"], needing: 1, $0)
        },
        RemoteCommand("pause", "queue|task PATTERN [REASON]", "Starts nothing of these queues or tasks.") {
            pause($0, words: 2...3)
        },
        RemoteCommand("rate_limit", "TASK RATE", "Lets a task start so often: 5/s, 10/m, 100/h; 0 is no limit.") {
            named(["task_name", "rate_limit"], needing: 2, $0)
        },
        RemoteCommand("resume", "queue|task PATTERN", "Lifts a pause of the same words.") { pause($0, words: 2...2) },
        RemoteCommand("revoke", "ID...", "Has these tasks not run.") { list("task_id", $0) },
        RemoteCommand("revoke_by_stamped_headers", "KEY=VALUE...", "Has tasks with one of these stamps not run.") {
            $0.allSatisfy { $0.contains("=") } ? list("headers", $0) : nil
        },
        RemoteCommand("terminate", "SIGNAL ID...", "Ends these tasks, and has them not run.") { words in
            guard let signal = words.first, var arguments = list("task_id", Array(words.dropFirst())) else {
                return nil
            }
            arguments["signal"] = .string(signal)
            return arguments
        },
    ]

    init(
        _ name: String,
        _ signature: String,
        _ summary: String,
        _ arguments: @escaping @Sendable ([String]) -> JSONObject?
    ) {
        self.name = name
        self.signature = signature
        self.summary = summary
        self.arguments = arguments
    }

    private static func named(_ names: [String], needing count: Int, _ words: [String]) -> JSONObject? {
        guard (count...names.count).contains(words.count) else { return nil }
        return JSONObject(uniqueKeysWithValues: zip(names, words.map(JSONValue.string)))
    }

    private static func list(_ name: String, _ words: [String]) -> JSONObject? {
        words.isEmpty ? nil : [name: .array(words.map(JSONValue.string))]
    }

    private static func pause(_ words: [String], words count: ClosedRange<Int>) -> JSONObject? {
        guard count.contains(words.count), let target = PauseTarget(rawValue: words[0]) else { return nil }
        return ControlPause(target, words[1], reason: words.count == 3 ? words[2] : nil).arguments
    }
}

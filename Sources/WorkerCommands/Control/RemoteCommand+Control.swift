import CeleryProtocol
import JSON

extension RemoteCommand {
    /// The one that no worker replies to.
    static let shutdown = RemoteCommand("shutdown", "", "Stops workers; running tasks finish first.")

    /// Those of `swiftworker control` (Celery reference, 7.8).
    static let control: [RemoteCommand] = [
        RemoteCommand(
            "add_consumer",
            "QUEUE [EXCHANGE [TYPE [ROUTING_KEY]]]",
            "Consumes from a queue, too.",
            [.text("queue"), .text("exchange"), .text("exchange_type"), .text("routing_key")],
            needing: 1
        ),
        RemoteCommand(
            "autoscale",
            "[MAX [MIN]]",
            "Changes the bounds of the pool.",
            [.integer("max"), .integer("min")],
            needing: 0
        ),
        RemoteCommand("cancel_consumer", "QUEUE", "Consumes from a queue no more.", [.text("queue")]),
        RemoteCommand("disable_events", "", "Sends no task events."),
        RemoteCommand(
            "election",
            "ID TOPIC [ACTION]",
            "Lets the workers choose one of them.",
            [.text("id"), .text("topic"), .text("action")],
            needing: 2
        ),
        RemoteCommand("enable_events", "", "Sends task events."),
        RemoteCommand("heartbeat", "", "Sends a heartbeat event now."),
        RemoteCommand("pause", "queue|task PATTERN [REASON]", "Starts nothing of these queues or tasks.") {
            pause($0, words: 2...3)
        },
        RemoteCommand("pool_grow", "[N]", "N slots more; 1 unless said.", [.integer("n")], needing: 0),
        RemoteCommand("pool_restart", "", "Replaces the pool."),
        RemoteCommand("pool_shrink", "[N]", "N slots fewer; 1 unless said.", [.integer("n")], needing: 0),
        RemoteCommand(
            "rate_limit",
            "TASK RATE",
            "How often a task starts: 5/s, 10/m; 0 is no limit.",
            [.text("task_name"), .text("rate_limit")]
        ),
        RemoteCommand("resume", "queue|task PATTERN", "Lifts a pause of the same words.") { pause($0, words: 2...2) },
        RemoteCommand("revoke", "ID...", "Has these tasks not run.", needing: 1, rest: .text("task_id")),
        RemoteCommand(
            "revoke_by_stamped_headers",
            "KEY=VALUE...",
            "Has tasks with one of these stamps not run.",
            needing: 1,
            rest: .pair("headers")
        ),
        shutdown,
        RemoteCommand(
            "terminate",
            "SIGNAL ID...",
            "Ends these tasks, and has them not run.",
            [.text("signal")],
            needing: 2,
            rest: .text("task_id")
        ),
        RemoteCommand(
            "time_limit",
            "TASK SOFT [HARD]",
            "Seconds that a task may run.",
            [.text("task_name"), .number("soft"), .number("hard")],
            needing: 2
        ),
    ]

    private static func pause(_ words: [String], words count: ClosedRange<Int>) -> JSONObject? {
        guard count.contains(words.count), let target = PauseTarget(rawValue: words[0]) else { return nil }
        return ControlPause(target, words[1], reason: words.count == 3 ? words[2] : nil).arguments
    }
}

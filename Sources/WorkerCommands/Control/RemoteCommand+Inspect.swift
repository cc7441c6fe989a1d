extension RemoteCommand {
    /// Those of `swiftworker inspect` (Celery reference, 7.5).
    static let inspect: [RemoteCommand] = [
        RemoteCommand("active", "", "Tasks that run."),
        RemoteCommand("active_queues", "", "Queues that are consumed."),
        RemoteCommand("clock", "", "The logical clock."),
        RemoteCommand(
            "conf",
            "[WITH_DEFAULTS]",
            "Settings; 'true' is for all of them.",
            [.flag("with_defaults")],
            needing: 0
        ),
        RemoteCommand(
            "memdump",
            "[SAMPLES]",
            "Memory, as memsample has seen it.",
            [.integer("samples")],
            needing: 0
        ),
        RemoteCommand("memsample", "", "Memory now."),
        RemoteCommand(
            "objgraph",
            "[TYPE [NUM [DEPTH]]]",
            "A graph of objects; Python workers only.",
            [.text("type"), .integer("num"), .integer("max_depth")],
            needing: 0
        ),
        RemoteCommand("ping", "", "Whether they answer."),
        RemoteCommand("query_task", "ID...", "What they know of tasks.", needing: 1, rest: .text("ids")),
        RemoteCommand(
            "registered",
            "[ATTRIBUTE...]",
            "Tasks that they know, and what of them.",
            rest: .text("taskinfoitems")
        ),
        RemoteCommand("report", "", "Versions and changed settings."),
        RemoteCommand("reserved", "", "Tasks that wait for a slot."),
        RemoteCommand("revoked", "", "Ids of revoked tasks."),
        RemoteCommand("scheduled", "", "Tasks that wait for their ETA."),
        RemoteCommand("stats", "", "Numbers about pool, broker and process."),
    ]
}

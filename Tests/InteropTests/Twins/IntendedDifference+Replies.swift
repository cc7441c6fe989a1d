extension IntendedDifference {
    /// Those of replies to remote control; docs/differences.md has them for users.
    static func replies(_ pool: String) -> [IntendedDifference] {
        let common = [
            IntendedDifference(
                cases: ["inspect memsample"],
                paths: ["shape"],
                reason: "Celery needs psutil for it, which this one's environment lacks"
            ),
            IntendedDifference(
                cases: ["inspect conf --defaults"],
                paths: ["shape.task_routes", "shape.worker_concurrency"],
                reason: "settings are shown as they are in force: the number of slots, and no routes"
            ),
        ]
        return common + (pool == "prefork" ? ofProcesses : ofThreads)
    }

    private static let ofProcesses = [
        IntendedDifference(
            cases: ["inspect stats", "inspect stats grown"],
            paths: ["shape.pool.writes"],
            reason: "a child gets a task when it is idle, there are no pipes that fill up"
        )
    ]

    private static let ofThreads = [
        IntendedDifference(
            cases: ["control pool_grow", "control pool_shrink", "control terminate", "control terminate the other"],
            paths: ["shape"],
            reason: "Celery's thread pool can do none of these"
        )
    ]
}

public import JSON

extension ControlReply {
    /// The reply to `time_limit` when the limits hold now.
    public static let timeLimitsSet = ok("time limits set successfully")

    /// The reply to `enable_events` and `disable_events`.
    public static func taskEvents(_ enabled: Bool, isChange: Bool) -> JSONValue {
        ok("task events \(isChange ? "" : "already ")\(enabled ? "enabled" : "disabled")")
    }

    /// The reply to both where the worker sends no events at all.
    public static let noDispatcher = error("event dispatcher unavailable")

    /// The reply to `pool_grow` and `pool_shrink`.
    public static func poolResized(by count: Int) -> JSONValue { ok("pool will \(count < 0 ? "shrink" : "grow")") }

    /// The reply to both where the pool has its size from its load.
    public static func poolScalesItself(_ count: Int) -> JSONValue {
        error(
            """
            pool_\(count < 0 ? "shrink" : "grow") is not supported with autoscale. Adjust autoscale range instead.
            """
        )
    }

    /// The reply to `pool_restart`.
    public static let reloadStarted = ok("reload started")

    /// The reply to `autoscale`.
    public static func autoscaled(maximum: Int, minimum: Int) -> JSONValue {
        ok("autoscale now max=\(maximum) min=\(minimum)")
    }
}

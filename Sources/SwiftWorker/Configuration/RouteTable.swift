/// Finds the queue of a task by its name, as Celery's `task_routes` does: an exact name first, then the patterns in
/// their order, else the default queue.
public struct RouteTable: Sendable {
    private let exact: [String: RouteSettings]
    private let patterns: [RouteSettings]
    private let defaultQueue: String

    public init(settings: Settings) {
        var exact: [String: RouteSettings] = [:]
        var patterns: [RouteSettings] = []
        for route in settings.taskRoutes {
            if route.pattern.contains("*") {
                patterns.append(route)
            } else if exact[route.pattern] == nil {
                exact[route.pattern] = route
            }
        }
        self.exact = exact
        self.patterns = patterns
        self.defaultQueue = settings.taskDefaultQueue
    }

    /// The route that counts for a task, or `nil` for the default queue.
    public func route(of task: String) -> RouteSettings? {
        exact[task] ?? patterns.first { Glob.matches(task, pattern: $0.pattern) }
    }

    /// The queue that a task goes to; `nil` when its route names an exchange instead.
    public func queue(of task: String) -> String? {
        guard let route = route(of: task) else { return defaultQueue }
        if let queue = route.queue { return queue }
        return route.exchange == nil ? defaultQueue : nil
    }
}

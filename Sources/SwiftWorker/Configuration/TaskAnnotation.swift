/// One entry of `task_annotations`: what the configuration says of a task type, in place of the task itself.
public struct TaskAnnotation: Sendable, Hashable {
    /// The task's name; `*` is every task, and counts more than a name, as in Celery.
    public var task: String
    /// `nil` is no limit.
    public var rateLimit: RateLimit?

    public init(task: String, rateLimit: RateLimit?) {
        self.task = task
        self.rateLimit = rateLimit
    }
}

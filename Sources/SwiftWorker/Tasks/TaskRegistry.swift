/// The tasks that a worker knows, by their exact names.
///
/// ```swift
/// var tasks: TaskRegistry { Add(); TrimVideo() }
/// ```
@resultBuilder
public struct TaskRegistry: Sendable {
    private var tasks: [String: RegisteredTask] = [:]
    private var duplicates: Set<String> = []

    public init() {}

    /// Registers tasks that are only known at run time.
    public init(_ tasks: [any WorkerTask]) {
        for task in tasks { add(RegisteredTask(task)) }
    }

    /// The registered names, sorted.
    public var names: [String] { tasks.keys.sorted() }

    /// The task of a name, or `nil` when it is not registered.
    func task(named name: String) -> RegisteredTask? { tasks[name] }

    /// The names of a task's parameters in their order; empty for a task that is not registered.
    public func parameterNames(of task: String) -> [String] { tasks[task]?.parameters.parameters.map(\.name) ?? [] }

    /// Checks that each name stands for one task.
    ///
    /// - Throws: `WorkerError.duplicateTask`, since which of two tasks would run is nobody's guess to make.
    func validate() throws(WorkerError) {
        guard let name = duplicates.min() else { return }
        throw WorkerError(
            .duplicateTask,
            "two tasks are registered under the name '\(name)'; give each its own name"
        )
    }

    private mutating func add(_ task: RegisteredTask) {
        if tasks.updateValue(task, forKey: task.name) != nil { duplicates.insert(task.name) }
    }

    private mutating func add(_ other: TaskRegistry) {
        for task in other.tasks.values { add(task) }
        duplicates.formUnion(other.duplicates)
    }

    public static func buildExpression(_ task: some WorkerTask) -> TaskRegistry { TaskRegistry([task]) }

    public static func buildExpression(_ tasks: [any WorkerTask]) -> TaskRegistry { TaskRegistry(tasks) }

    public static func buildExpression(_ registry: TaskRegistry) -> TaskRegistry { registry }

    public static func buildBlock(_ parts: TaskRegistry...) -> TaskRegistry { buildArray(parts) }

    public static func buildOptional(_ part: TaskRegistry?) -> TaskRegistry { part ?? TaskRegistry() }

    public static func buildEither(first part: TaskRegistry) -> TaskRegistry { part }

    public static func buildEither(second part: TaskRegistry) -> TaskRegistry { part }

    public static func buildArray(_ parts: [TaskRegistry]) -> TaskRegistry {
        var registry = TaskRegistry()
        for part in parts { registry.add(part) }
        return registry
    }
}

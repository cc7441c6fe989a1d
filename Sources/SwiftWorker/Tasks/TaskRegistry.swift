/// The tasks that a worker knows, by name.
public struct TaskRegistry: Sendable {
    /// The registered tasks' names, sorted.
    public var names: [String] { [] }

    public init() {}
}

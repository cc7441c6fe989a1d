/// A program to run, and its arguments. No shell is involved: nothing needs quoting.
public struct Command: Sendable, Hashable {
    /// A path, or a name without slash that is looked up in `PATH`.
    public var executable: String
    /// The arguments after the program's own name.
    public var arguments: [String]
    /// The whole environment; `nil` inherits this process's.
    public var environment: [String: String]?
    /// The folder to start in; `nil` inherits this process's.
    public var workingDirectory: String?

    public init(
        _ executable: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        workingDirectory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Whether any text holds a NUL, which an argument vector can't carry.
    var holdsNUL: Bool {
        let texts = [executable, workingDirectory ?? ""] + arguments
        let pairs = environment.map { $0.flatMap { [$0.key, $0.value] } } ?? []
        return (texts + pairs).contains { $0.utf8.contains(0) }
    }
}

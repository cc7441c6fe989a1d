/// A program to run, and its arguments. No shell is involved: nothing needs quoting.
public struct Command: Sendable, Hashable {
    /// A path, or a name without slash that is looked up in `PATH`.
    public var executable: String
    /// The arguments after the program's own name.
    public var arguments: [String]
    /// What the program is told to be called, and `ps` shows; `nil` is `executable`.
    public var name: String?
    /// The whole environment; `nil` inherits this process's.
    public var environment: [String: String]?
    /// Variables over those of the environment.
    public var variables: [String: String] = [:]
    /// Variables for where the environment has none of that name.
    public var defaults: [String: String] = [:]
    /// The folder to start in; `nil` inherits this process's.
    public var workingDirectory: String?

    public init(
        _ executable: String,
        _ arguments: [String] = [],
        name: String? = nil,
        environment: [String: String]? = nil,
        workingDirectory: String? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.name = name
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// Whether any text holds a NUL, which an argument vector can't carry.
    var holdsNUL: Bool {
        let texts = [executable, name ?? "", workingDirectory ?? ""] + arguments
        let pairs = (environment.map { Array($0) } ?? []) + Array(variables) + Array(defaults)
        return (texts + pairs.flatMap { [$0.key, $0.value] }).contains { $0.utf8.contains(0) }
    }
}

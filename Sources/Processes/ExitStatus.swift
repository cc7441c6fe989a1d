/// How a program ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    case exited(Int32)
    case signalled(Int32, dumpedCore: Bool)

    /// Whether the program ended by itself with status 0.
    public var isSuccess: Bool { self == .exited(0) }

    public var description: String {
        switch self {
        case .exited(let status): "exit status \(status)"
        case .signalled(let signal, let dumpedCore): "signal \(signal)\(dumpedCore ? " (core dumped)" : "")"
        }
    }
}

/// What a program used, itself and the children that it waited for.
public struct ResourceUsage: Sendable, Hashable {
    public var userTime: Duration
    public var systemTime: Duration
    /// The largest resident size, in bytes.
    public var peakMemory: Int
}

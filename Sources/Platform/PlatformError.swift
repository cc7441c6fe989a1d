public import Glibc

/// A call to the system that failed.
public struct PlatformError: Error, Sendable, CustomStringConvertible {
    /// What was tried, with the path it was tried on.
    public let operation: String
    public let errno: Int32

    public init(_ operation: String, errno: Int32 = Glibc.errno) {
        self.operation = operation
        self.errno = errno
    }

    public var description: String { "\(operation): \(reason)" }

    /// The system's words for the error.
    public var reason: String { String(cString: strerror(errno)) }

    /// Whether the error is that a file exists.
    public var isAlreadyThere: Bool { errno == EEXIST }
}

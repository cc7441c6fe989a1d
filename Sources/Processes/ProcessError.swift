/// What went wrong around a program; that it ended with a status other than 0 is no error here.
public struct ProcessError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String, Sendable { case spawnFailed, timedOut, cancelled, systemFailure }
        private let value: Value

        /// The program couldn't be started; `errno` says why.
        public static var spawnFailed: Code { Code(value: .spawnFailed) }
        /// The deadline passed, and the program's group was ended.
        public static var timedOut: Code { Code(value: .timedOut) }
        /// The task was cancelled, and the program's group was ended.
        public static var cancelled: Code { Code(value: .cancelled) }
        /// The system refused a pipe, a thread or a wait.
        public static var systemFailure: Code { Code(value: .systemFailure) }

        public var description: String { value.rawValue }
    }

    public let code: Code
    public let message: String
    /// The system's error number, where one is known.
    public let errno: Int32?

    init(_ code: Code, _ message: String, errno: Int32? = nil) {
        self.code = code
        self.message = message
        self.errno = errno
    }

    public var description: String {
        guard let errno else { return message }
        return "\(message): \(Self.text(of: errno))"
    }
}

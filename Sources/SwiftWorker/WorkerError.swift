/// What keeps a worker from starting or going on.
public struct WorkerError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public struct Code: Sendable, Hashable {
        private enum Kind: Sendable { case duplicateTask, configuration, broker, controlStore }

        private let kind: Kind

        /// Two tasks share a name.
        public static let duplicateTask = Code(kind: .duplicateTask)
        /// The settings contradict each other or ask for what this version can't do.
        public static let configuration = Code(kind: .configuration)
        /// The broker could not be reached, or refused, for good.
        public static let broker = Code(kind: .broker)
        /// What must not run is not known: the control store could not be read.
        public static let controlStore = Code(kind: .controlStore)
    }

    public let code: Code
    /// What is wrong and what to do about it; never holds a password.
    public let message: String
    public let underlying: (any Error)?

    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    public var description: String { message }
}

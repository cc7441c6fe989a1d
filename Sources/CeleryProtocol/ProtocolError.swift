/// What is wrong with a name, a queue definition or a task to publish. For messages received see `InvalidMessage`.
public struct ProtocolError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of fault.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Name: String {
            case unknownQueue, invalidQueue, invalidFormat, invalidSignature, compressionFailed
        }

        private let name: Name

        /// The queue is not defined, and missing queues are not to be made.
        public static let unknownQueue = Code(name: .unknownQueue)
        /// The definition of a queue has a value that it can't have.
        public static let invalidQueue = Code(name: .invalidQueue)
        /// A name has a `%` form that does not exist.
        public static let invalidFormat = Code(name: .invalidFormat)
        /// A JSON value is no signature.
        public static let invalidSignature = Code(name: .invalidSignature)
        /// A body could not be compressed.
        public static let compressionFailed = Code(name: .compressionFailed)

        public var description: String { name.rawValue }
    }

    public let code: Code
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}

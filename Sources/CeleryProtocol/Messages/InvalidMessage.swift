/// A message that can't become a task, with what has to happen to it (Celery reference, 3.10).
public struct InvalidMessage: Error, Sendable {
    /// What is wrong with the message.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Name: String {
            case missingID, invalidETA, invalidExpires, invalidField, undecodable, tooLarge, contentTypeRefused
            case notATask, invalidArguments, argumentsNotAMapping
        }

        private let name: Name

        /// There is no task id, so nobody could wait for it.
        public static let missingID = Code(name: .missingID)
        /// `eta` is no ISO-8601 time.
        public static let invalidETA = Code(name: .invalidETA)
        /// `expires` is no ISO-8601 time.
        public static let invalidExpires = Code(name: .invalidExpires)
        /// Another field has a type that makes no sense for it.
        public static let invalidField = Code(name: .invalidField)
        /// The body can't be decompressed or parsed.
        public static let undecodable = Code(name: .undecodable)
        /// The body passes the size limit, before or after it was decompressed.
        public static let tooLarge = Code(name: .tooLarge)
        /// The content type is not accepted.
        public static let contentTypeRefused = Code(name: .contentTypeRefused)
        /// The message is in no form that a task has.
        public static let notATask = Code(name: .notATask)
        /// The arguments of a protocol 2 task are of the wrong type: the task fails.
        public static let invalidArguments = Code(name: .invalidArguments)
        /// The keyword arguments of a protocol 1 or hybrid message are no object.
        public static let argumentsNotAMapping = Code(name: .argumentsNotAMapping)

        public var description: String { name.rawValue }

        /// Finds a code by its description; `nil` when there is none of that name.
        public init?(description: String) {
            guard let name = Name(rawValue: description) else { return nil }
            self.name = name
        }

        private init(name: Name) {
            self.name = name
        }
    }

    /// What has to happen to an invalid message.
    public enum Disposition: Sendable, Hashable {
        /// Acknowledge and log at CRITICAL: it would come back for ever.
        case ackAndLog
        /// Reject without requeueing and log.
        case reject
        /// The task ends as FAILURE with `pythonException`; then acknowledge.
        case failTask
    }

    public let code: Code
    /// What is wrong, in Celery's words where it has some.
    public let message: String
    /// The error that led to this one, if any.
    public let underlying: (any Error)?

    public init(_ code: Code, _ message: String, underlying: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.underlying = underlying
    }

    /// What has to happen to the message.
    public var disposition: Disposition {
        switch code {
        case .undecodable: .ackAndLog
        case .invalidArguments: .failTask
        default: .reject
        }
    }

    /// What Python raises for it, for a task that fails.
    public var pythonException: PythonException { .invalidTask(message) }
}

extension InvalidMessage: CustomStringConvertible {
    public var description: String { message }
}

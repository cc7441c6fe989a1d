/// A mistake in the configuration, with the place where it was made.
public struct SettingsError: Error, Sendable {
    /// What kind of mistake.
    public struct Code: Sendable, Hashable {
        private enum Value: Sendable {
            case unknownSetting, duplicate, wrongType, invalidValue, refused, syntax, unreadable, unknownQueue
        }

        private let value: Value

        /// No setting has this name.
        public static let unknownSetting = Code(value: .unknownSetting)
        /// A key was given twice.
        public static let duplicate = Code(value: .duplicate)
        /// The value has another type than the setting.
        public static let wrongType = Code(value: .wrongType)
        /// The type fits, the value does not.
        public static let invalidValue = Code(value: .invalidValue)
        /// A setting of Celery that this version lacks and that would lose work if it were ignored.
        public static let refused = Code(value: .refused)
        /// The file is not YAML.
        public static let syntax = Code(value: .syntax)
        /// The file can't be read.
        public static let unreadable = Code(value: .unreadable)
        /// A queue was selected that is not in `task_queues`, and `task_create_missing_queues` is false.
        public static let unknownQueue = Code(value: .unknownQueue)
    }

    public let code: Code
    public let message: String
    public let source: SettingSource?

    public init(_ code: Code, _ message: String, source: SettingSource? = nil) {
        self.code = code
        self.message = message
        self.source = source
    }
}

extension SettingsError: CustomStringConvertible {
    public var description: String {
        guard let source else { return message }
        return "\(source.position): \(message)"
    }
}

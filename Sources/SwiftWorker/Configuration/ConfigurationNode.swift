/// A value of the configuration with the place it came from: what a file, a variable or a flag said, before a setting
/// has given it a type.
public struct ConfigurationNode: Sendable {
    public enum Content: Sendable, Hashable {
        case null
        case bool(Bool)
        case integer(Int)
        case double(Double)
        case string(String)
        /// Text of a variable or a flag: it becomes whatever type the setting has.
        case text(String)
        case list([ConfigurationNode])
        case map([ConfigurationEntry])
    }

    public var content: Content
    public var source: SettingSource

    public init(_ content: Content, source: SettingSource = .builtIn) {
        self.content = content
        self.source = source
    }

    /// A name for the content's type, for messages.
    public var typeName: String {
        switch content {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .double: "a number"
        case .string, .text: "a string"
        case .list: "a list"
        case .map: "a map"
        }
    }
}

/// Two nodes are equal when they say the same, wherever they stand.
extension ConfigurationNode: Hashable {
    public static func == (left: ConfigurationNode, right: ConfigurationNode) -> Bool {
        left.content == right.content
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(content)
    }
}

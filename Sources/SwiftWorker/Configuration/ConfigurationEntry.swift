/// One `key: value` of a map, in the file's order.
public struct ConfigurationEntry: Sendable, Hashable {
    public var key: String
    /// Where the key stands.
    public var source: SettingSource
    public var value: ConfigurationNode

    public init(key: String, source: SettingSource = .builtIn, value: ConfigurationNode) {
        self.key = key
        self.source = source
        self.value = value
    }

    public static func == (left: ConfigurationEntry, right: ConfigurationEntry) -> Bool {
        left.key == right.key && left.value == right.value
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(key)
        hasher.combine(value)
    }
}

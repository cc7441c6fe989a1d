/// One setting: Celery's name for it, what it takes, what it does here.
public struct SettingDefinition: Sendable {
    /// Celery's lowercase name.
    public let name: String
    /// One line on what it does.
    public let summary: String
    public let support: SettingSupport
    /// What a value must be; empty when any is taken.
    public let expectation: String
    /// The default, as it is shown.
    public let defaultValue: ConfigurationNode
    /// Values besides the default that change nothing here, so they are taken without a word.
    let harmless: [ConfigurationNode]
    let read: @Sendable (ConfigurationNode, inout Settings) throws(SettingsError) -> Void
    let show: @Sendable (Settings) -> ConfigurationNode?

    /// A setting with an effect.
    static func supported<Value>(
        _ name: String,
        _ path: any WritableKeyPath<Settings, Value> & Sendable,
        _ type: SettingType<Value>,
        _ summary: String
    ) -> SettingDefinition {
        SettingDefinition(
            name: name,
            summary: summary,
            support: .supported,
            expectation: type.expectation,
            defaultValue: type.show(Settings()[keyPath: path]),
            harmless: [],
            read: { node, settings throws(SettingsError) in settings[keyPath: path] = try type.read(node) },
            show: { type.show($0[keyPath: path]) }
        )
    }

    /// A setting with an effect that may be null.
    static func supported<Value>(
        _ name: String,
        _ path: any WritableKeyPath<Settings, Value?> & Sendable,
        orNull type: SettingType<Value>,
        _ summary: String
    ) -> SettingDefinition {
        supported(name, path, type.optional, summary)
    }

    private static func known(
        _ name: String,
        _ defaultValue: ConfigurationNode,
        _ support: SettingSupport,
        _ harmless: [ConfigurationNode],
        _ summary: String
    ) -> SettingDefinition {
        SettingDefinition(
            name: name,
            summary: summary,
            support: support,
            expectation: "",
            defaultValue: defaultValue,
            harmless: harmless,
            read: { _, _ in },
            show: { _ in nil }
        )
    }

    /// A setting whose feature comes later.
    static func later(
        _ name: String,
        _ defaultValue: ConfigurationNode,
        _ missing: String,
        harmless: [ConfigurationNode] = []
    ) -> SettingDefinition {
        known(name, defaultValue, .laterVersion(missing), harmless, "")
    }

    /// A setting that means nothing here.
    static func meaningless(
        _ name: String,
        _ defaultValue: ConfigurationNode,
        _ reason: String,
        harmless: [ConfigurationNode] = []
    ) -> SettingDefinition {
        known(name, defaultValue, .notApplicable(reason), harmless, "")
    }

    /// A setting that must not be ignored.
    static func refused(
        _ name: String,
        _ defaultValue: ConfigurationNode,
        _ instead: String,
        harmless: [ConfigurationNode] = []
    ) -> SettingDefinition {
        known(name, defaultValue, .refused(instead), harmless, "")
    }

    /// Whether a value leaves everything as it is.
    func isHarmless(_ node: ConfigurationNode) -> Bool {
        if node.isNull, defaultValue.isNull || defaultValue == false { return true }
        let values = [defaultValue] + harmless
        guard case .text(let text) = node.content else {
            if case .integer(let number) = node.content, values.contains(ConfigurationNode(.double(Double(number)))) {
                return true
            }
            return values.contains(node)
        }
        return values.contains { value in
            switch value.content {
            case .null: node.isNull
            case .bool(let bool): (try? SettingType<Bool>.boolean.read(node)) == bool
            case .integer(let number): Double(text) == Double(number)
            case .double(let number): Double(text) == number
            case .string(let word), .text(let word): text == word
            case .list(let items): items == commaSeparated(text).map { ConfigurationNode(.string($0)) }
            case .map: false
            }
        }
    }
}

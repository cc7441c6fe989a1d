/// The settings in force, and where each came from.
///
/// Built in layers, each over the last: defaults, file, environment, flags.
public struct EffectiveSettings: Sendable {
    /// The typed values.
    public private(set) var settings = Settings()
    /// One line for each setting that was given and has no effect; to be logged once.
    public private(set) var warnings: [String] = []
    private var sources: [String: SettingSource] = [:]
    /// Values of settings without effect, as they were given.
    private var idle: [String: ConfigurationNode] = [:]

    public init() {}

    /// Where a setting's value came from.
    public func source(of name: String) -> SettingSource { sources[name] ?? .builtIn }

    /// Puts one value in force.
    ///
    /// - Throws: `SettingsError` when there is no such setting, or the value does not fit it.
    public mutating func set(_ name: String, to value: ConfigurationNode) throws(SettingsError) {
        guard let definition = SettingDefinition.named(name) else { throw Self.unknown(name, source: value.source) }
        switch definition.support {
        case .supported:
            do {
                try definition.read(value, &settings)
            } catch {
                let message = error.message.hasPrefix(name) ? error.message : "\(name): \(error.message)"
                throw SettingsError(error.code, message, source: error.source)
            }
            warn(about: definition, value)
        case .refused(let instead) where !definition.isHarmless(value):
            throw SettingsError(.refused, "\(name) is not supported: \(instead)", source: value.source)
        case .laterVersion(let missing) where !definition.isHarmless(value):
            warnings.append(
                "\(value.source.position): \(name) has no effect yet: \(missing) comes with a later version"
            )
            idle[name] = value
        case .notApplicable(let reason) where !definition.isHarmless(value):
            warnings.append("\(value.source.position): \(name) has no effect: \(reason)")
            idle[name] = value
        case .refused, .laterVersion, .notApplicable:
            idle[name] = value
        }
        sources[name] = value.source
    }

    /// Puts the settings of a file in force; `root` is its map.
    ///
    /// - Throws: `SettingsError` with the line and column of the first mistake.
    public mutating func apply(file root: ConfigurationNode) throws(SettingsError) {
        guard !root.isNull else { return }
        guard case .map(let entries) = root.content else {
            throw SettingsError(
                .wrongType,
                "expected a map of settings, found \(root.typeName)",
                source: root.source
            )
        }
        for entry in entries {
            guard SettingDefinition.named(entry.key) != nil else { throw Self.unknown(entry.key, source: entry.source) }
            try set(entry.key, to: entry.value)
            sources[entry.key] = entry.source
        }
    }

    /// Every setting with an effect, and every other that was given, in the order of the definitions.
    public func entries() -> [EffectiveSetting] {
        SettingDefinition.all.compactMap { definition in
            guard let value = shown(definition) else { return nil }
            return EffectiveSetting(
                definition: definition,
                value: Masking.isSecret(key: definition.name) ? Masking.hiding(value) : value,
                source: source(of: definition.name)
            )
        }
    }

    private func shown(_ definition: SettingDefinition) -> ConfigurationNode? {
        definition.show(settings).map(Masking.urls) ?? idle[definition.name].map(Masking.secrets)
    }

    /// Notes something for the log.
    public mutating func addWarning(_ line: String) { warnings.append(line) }

    private mutating func warn(about definition: SettingDefinition, _ value: ConfigurationNode) {
        switch (definition.name, value.content) {
        case ("worker_pool", .string(let name)), ("worker_pool", .text(let name)):
            guard ["gevent", "eventlet"].contains(name) else { return }
            warnings.append("\(value.source.position): pool '\(name)' is taken as 'threads'")
        case ("accept_content", _):
            let unknown = settings.acceptContent.filter { !["json", "application/json"].contains($0) }
            guard !unknown.isEmpty else { return }
            let list = unknown.map { "'\($0)'" }.joined(separator: ", ")
            warnings.append("\(value.source.position): accept_content: \(list) can't be decoded and will be refused")
        default: return
        }
    }

    private static func unknown(_ name: String, source: SettingSource) -> SettingsError {
        let hint = Suggestion.hint(for: name, among: SettingDefinition.all.lazy.map(\.name))
        return SettingsError(.unknownSetting, "unknown setting '\(name)'\(hint)", source: source)
    }
}

/// A setting in force, as it may be shown: secrets are masked.
public struct EffectiveSetting: Sendable {
    public let definition: SettingDefinition
    public let value: ConfigurationNode
    public let source: SettingSource
}

extension EffectiveSettings {
    /// Celery's own variables, weakest first. The shorter names are those of Celery's command line options.
    private static let celeryVariables = [
        ("CELERY_BROKER_URL", "broker_url"),
        ("BROKER_URL", "broker_url"),
        ("CELERY_BROKER", "broker_url"),
        ("CELERY_BROKER_READ_URL", "broker_read_url"),
        ("CELERY_BROKER_WRITE_URL", "broker_write_url"),
        ("CELERY_RESULT_BACKEND", "result_backend"),
    ]

    /// Variables with our prefix that are no settings.
    private static let reserved: Set<String> = ["SWIFTWORKER_CONFIG"]

    /// Puts the settings of the environment in force: Celery's variables, then `SWIFTWORKER_<SETTING>`.
    ///
    /// A setting of our own is found with or without its prefix twice: `SWIFTWORKER_LOG_FORMAT`. An unknown variable
    /// that looks like a slip is a warning, others are left alone: platforms add variables with a service's name.
    ///
    /// - Parameter parse: turns text into a node for settings that are maps or lists; it gets text and source.
    /// - Throws: `SettingsError` naming the variable.
    public mutating func apply(
        environment: [String: String],
        parse: (String, SettingSource) throws(SettingsError) -> ConfigurationNode
    ) throws(SettingsError) {
        for (variable, name) in Self.celeryVariables {
            guard let value = environment[variable], !value.isEmpty else { continue }
            try set(name, to: ConfigurationNode(.text(value), source: .environment(variable)))
        }
        let prefix = "SWIFTWORKER_"
        for variable in environment.keys.filter({ $0.hasPrefix(prefix) }).sorted() {
            guard !Self.reserved.contains(variable), let value = environment[variable] else { continue }
            let source = SettingSource.environment(variable)
            let rest = variable.dropFirst(prefix.count).lowercased()
            guard let definition = SettingDefinition.named(rest) ?? SettingDefinition.named("swiftworker_" + rest)
            else {
                if let name = Suggestion.nearest(to: rest, among: SettingDefinition.all.lazy.map(\.name)) {
                    addWarning("\(source.position): unknown setting '\(rest)'; did you mean '\(name)'?")
                }
                continue
            }
            let first = value.first { $0 != " " }
            let node =
                first == "{" || first == "["
                ? try parse(value, source) : ConfigurationNode(.text(value), source: source)
            try set(definition.name, to: node)
        }
    }
}

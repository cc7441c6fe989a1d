/// Reads the keys of a map by name, so that an unknown one is an error with its place.
struct KeyedReader {
    let what: String
    let entries: [ConfigurationEntry]
    let known: [String]

    init(_ node: ConfigurationNode, what: String, keys: [String]) throws(SettingsError) {
        guard case .map(let entries) = node.content else { throw node.mismatch("a map") }
        self.what = what
        self.entries = entries
        self.known = keys
        for entry in entries where !keys.contains(entry.key) {
            throw SettingsError(
                .unknownSetting,
                "unknown key '\(entry.key)' in \(what)" + Suggestion.hint(for: entry.key, among: keys),
                source: entry.source
            )
        }
    }

    func read<Value>(_ key: String, _ type: SettingType<Value>) throws(SettingsError) -> Value? {
        guard let entry = entries.first(where: { $0.key == key }), !entry.value.isNull else { return nil }
        do {
            return try type.read(entry.value)
        } catch {
            throw SettingsError(error.code, "\(what).\(key): \(error.message)", source: error.source)
        }
    }
}

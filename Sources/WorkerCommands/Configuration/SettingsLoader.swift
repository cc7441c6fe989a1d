import Platform
import SwiftWorker

/// Builds the settings in force: defaults, file, environment, options, `name=value` arguments.
struct SettingsLoader {
    /// A setting given by an option.
    struct Given: Sendable, Hashable {
        var setting: String
        var text: String
        var source: SettingSource
    }

    var file: String?
    var environment: [String: String]
    var options: [Given] = []
    var overrides: [String] = []

    /// - Throws: `SettingsError` for the first mistake.
    func load() throws(SettingsError) -> EffectiveSettings {
        var effective = EffectiveSettings()
        if let found = try ConfigurationFile.find(named: file, environment: environment) {
            try effective.apply(file: found.root)
            // Here the options of a worker are known.
            try WorkerSection.check(effective.settings.workers)
        }
        try effective.apply(environment: environment) { text, source throws(SettingsError) in
            try YAMLTree.parse(text) { _, _ in source }
        }
        for option in options {
            try effective.set(option.setting, to: ConfigurationNode(.text(option.text), source: option.source))
        }
        for override in overrides { try apply(override, to: &effective) }
        return effective
    }

    /// The settings among the global options.
    static func given(in global: GlobalOptions) -> [Given] {
        var given: [Given] = []
        if let url = global.broker { given.append(Given(setting: "broker_url", text: url, source: .flag("-b"))) }
        if let url = global.resultBackend {
            given.append(Given(setting: "result_backend", text: url, source: .flag("--result-backend")))
        }
        return given
    }

    /// `worker.concurrency=3`, `worker_concurrency=3` or `.concurrency=3`; Celery's `(type)` before a value is skipped.
    private func apply(_ override: String, to effective: inout EffectiveSettings) throws(SettingsError) {
        guard let equal = override.firstIndex(of: "=") else {
            throw SettingsError(
                .invalidValue,
                "unexpected argument; settings are given as name=value",
                source: .flag("'\(override)'")
            )
        }
        var name = String(override[..<equal].lowercased().map { $0 == "." ? "_" : $0 })
        if name.hasPrefix("_") { name = "worker" + name }
        var value = override[override.index(after: equal)...]
        if value.hasPrefix("("), let end = value.firstIndex(of: ")") { value = value[value.index(after: end)...] }
        let source = SettingSource.flag(String(override[..<equal]))
        let node =
            value.hasPrefix("{") || value.hasPrefix("[")
            ? try YAMLTree.parse(String(value)) { _, _ in source }
            : ConfigurationNode(.text(String(value)), source: source)
        try effective.set(name, to: node)
    }
}

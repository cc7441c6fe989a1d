import JSON
import OrderedCollections

/// Everything that a recording's configuration is made of (application reference, 5.1).
struct ConfigurationSources: Sendable, Hashable {
    /// A template's parts that matter here.
    struct Template: Sendable, Hashable {
        var processing: JSONValue?
        var metadata: JSONValue?
        var output: JSONValue?
    }

    /// `user_configs.config_data`.
    var user: JSONValue?
    /// The recording's own template.
    var template: Template?
    /// The one that `manual_override.runtime_template_id` names.
    var runtimeTemplate: Template?
    /// `recordings.processing_preferences`.
    var preferences: JSONValue?
    /// The task's argument.
    var manualOverride: JSONValue?

    /// The id of the template that the override names, if any.
    static func runtimeTemplateID(of manualOverride: JSONValue?) -> Int64? {
        manualOverride?["runtime_template_id"]?.integer
    }

    /// The built-in defaults under the user's own settings. Only here a null replaces a value.
    var effectiveUser: JSONValue {
        BuiltInDefaults.configuration.merged(with: user, keepingNulls: true)
    }

    /// The processing configuration: later sources win.
    func resolved() -> JSONValue {
        var resolved =
            effectiveUser
            .merged(with: template?.processing)
            .merged(with: runtimeTemplate?.processing)
        if let metadata = runtimeTemplate?.metadata, !metadata.isNull {
            resolved = resolved.merged(with: ["metadata_config": metadata])
        }
        resolved = resolved.merged(with: preferences).merged(with: overrideWithoutTemplate)
        return Self.flattened(resolved)
    }

    /// Where and how the recording is published.
    func resolvedOutput() -> JSONValue {
        if let own = preferences?["output_config"], !own.isNull { return own }
        let base: JSONValue = [:]
        return
            base
            .merged(with: effectiveUser["output"])
            .merged(with: template?.output)
            .merged(with: runtimeTemplate?.output)
            .merged(with: manualOverride?["output_config"])
    }

    private var overrideWithoutTemplate: JSONValue? {
        guard case .object(var members) = manualOverride else { return manualOverride }
        members["runtime_template_id"] = nil
        return .object(members)
    }

    /// Lifts the members of `processing_config` to the top.
    private static func flattened(_ configuration: JSONValue) -> JSONValue {
        guard case .object(var members) = configuration,
            let nested = members.removeValue(forKey: "processing_config")
        else { return configuration }
        return JSONValue.object(members).merged(with: nested.object.map { .object($0) })
    }
}

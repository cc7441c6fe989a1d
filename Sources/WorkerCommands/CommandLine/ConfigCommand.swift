import ArgumentParser
import SwiftWorker

/// `swiftworker config`.
struct ConfigCommand: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Prints the settings in force and where each came from.",
        discussion: """
            Secrets are masked. A line ends in its source: default, a file's line, a variable or an option.

            Examples:
              \(RootCommand.name) config
              \(RootCommand.name) config --changed
              \(RootCommand.name) config --json | jq '.broker_url'
            """
    )

    @Flag(help: "Prints one JSON object: names to value and source.")
    var json = false

    @Flag(help: "Leaves out settings at their default.")
    var changed = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(
        help: ArgumentHelp("Settings that win over all others, as 'worker.concurrency=3'.", valueName: "setting=value")
    )
    var overrides: [String] = []

    func run(in context: ToolContext) throws -> Int32 {
        let effective = try context.settings(global, overrides: overrides)
        for warning in effective.warnings { context.console.complain("warning: \(warning)") }
        context.console.print(text(effective))
        return ProcessExit.success
    }

    /// What is printed for these settings.
    func text(_ effective: EffectiveSettings) -> String {
        let entries = effective.entries().filter { !changed || $0.source != .builtIn }
        if json {
            let lines = entries.map { entry in
                "  \(JSONText.quoted(entry.definition.name)): {\"value\": \(entry.value.json), "
                    + "\"source\": \(JSONText.quoted(entry.source.description))}"
            }
            return lines.isEmpty ? "{}" : "{\n" + lines.joined(separator: ",\n") + "\n}"
        }
        let lines = entries.map { entry in
            let head = "\(entry.definition.name): \(entry.value.yaml)"
            return head + String(repeating: " ", count: max(1, 56 - head.count)) + "# \(entry.source)" + note(entry)
        }
        return lines.joined(separator: "\n")
    }

    private func note(_ entry: EffectiveSetting) -> String {
        switch entry.definition.support {
        case .supported: ""
        case .laterVersion: " (no effect yet)"
        case .notApplicable, .refused: " (no effect)"
        }
    }
}

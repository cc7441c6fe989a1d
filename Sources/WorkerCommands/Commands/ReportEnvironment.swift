import ArgumentParser
import JSON
import Platform
import SwiftWorker

/// `swiftworker report`.
struct ReportEnvironment: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Prints versions, platform and changed settings, for a report of a fault.",
        discussion: """
            Secrets are masked. It asks nobody: 'inspect report' has running workers say the same of themselves.

            Examples:
              \(RootCommand.name) report
              \(RootCommand.name) inspect report
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) throws -> Int32 {
        let effective = try context.settings(global)
        context.console.print(Self.text(effective, tasks: context.tasks().names.count))
        return ProcessExit.success
    }

    static func text(_ effective: EffectiveSettings, tasks: Int) -> String {
        let changed = effective.entries().filter { $0.source != .builtIn }
        let lines = changed.map { "\($0.definition.name): \($0.value.yaml)" }
        let results = Masking.url(effective.settings.resultBackend ?? "disabled")
        return """

            software -> swiftworker:\(SwiftWorkerVersion.current) celery protocol:\(SwiftWorkerVersion.celery)
            platform -> system:\(ThisProcess.platform)
                        cpus:\(ThisProcess.usableCPUs) of \(ThisProcess.onlineCPUs)
            settings -> transport:amqp results:\(results) tasks:\(tasks)

            \(lines.joined(separator: "\n"))

            """
    }
}

import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker purge`.
struct PurgeQueues: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge",
        abstract: "Deletes all waiting messages of queues.",
        discussion: """
            It asks first. There is no undo. What workers hold already stays; dead letters do, too.

            Examples:
              \(RootCommand.name) purge
              \(RootCommand.name) purge -Q processing_cpu,async_operations -f
              \(RootCommand.name) purge -X maintenance

            Exit codes: 0 done, 1 it was not confirmed, or the broker refused, 69 there is no broker.
            """
    )

    @Flag(name: [.customShort("f"), .long], help: "Does not ask.")
    var force = false

    @Option(
        name: [.customShort("Q", allowingJoined: true), .long],
        help: ArgumentHelp("The queues. (default: all of task_queues, else 'celery')", valueName: "name,…")
    )
    var queues: String?

    @Option(
        name: [.customShort("X", allowingJoined: true), .long],
        help: ArgumentHelp("Queues that are left alone.", valueName: "name,…")
    )
    var excludeQueues: String?

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let names = names(effective.settings)
        guard !names.isEmpty else { return ProcessExit.success }
        guard force || isConfirmed(names, context) else {
            context.console.complain("Aborted!")
            return ProcessExit.failure
        }
        let count = try await context.withSession(effective, for: "purge") { try await $0.purge(queues: names) }
        context.console.print(Self.report(count, queues: names.count))
        return ProcessExit.success
    }

    /// The queues that are meant, in order.
    func names(_ settings: Settings) -> [String] {
        let given = commaSeparated(queues ?? "")
        let known = given.isEmpty ? settings.configuredQueueNames : given
        return Set(known).subtracting(commaSeparated(excludeQueues ?? "")).sorted()
    }

    private func isConfirmed(_ names: [String], _ context: ToolContext) -> Bool {
        let warning = context.style(global)("WARNING", .red)
        context.console.prompt(Self.question(names, warning: warning) + " [y/N]: ")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    static func question(_ names: [String], warning: String) -> String {
        """
        \(warning):This will remove all tasks from \(names.count == 1 ? "queue" : "queues"): \(names.joined(separator: ", ")).
                 There is no undo for this operation!

        (to skip this prompt use the -f option)
        Are you sure you want to delete all tasks?
        """
    }

    static func report(_ count: Int, queues: Int) -> String {
        let noun = queues == 1 ? "queue" : "queues"
        guard count > 0 else { return "No messages purged from \(queues) \(noun)." }
        return "Purged \(count) \(count == 1 ? "message" : "messages") from \(queues) known task \(noun)."
    }
}

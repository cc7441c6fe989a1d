import AMQP
import ArgumentParser
import BrokerModel
import SwiftWorker

/// `swiftworker migrate`.
struct MigrateTasks: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Takes waiting tasks from one broker to another.",
        discussion: """
            Their queues are declared there as the settings say. A message is acknowledged here when the other broker has \
            confirmed it: broken off at any moment nothing is lost, and what was under way is there twice. As in Celery they stay \
            here, too, unless -a is given. It ends when nothing has come for a while.

            A URL on a command line can be seen by everybody of the machine: 'env:NAME' reads it from a variable.

            Examples:
              OLD=amqp://u:p@old// NEW=amqp://u:p@new// \(RootCommand.name) migrate env:OLD env:NEW -a
              \(RootCommand.name) migrate env:OLD env:NEW -a -Q processing_cpu:cpu,maintenance -n 100
              \(RootCommand.name) migrate env:OLD env:NEW -a -T api.tasks.trim_video -F

            To change a queue's type on the same broker: 'broker migrate'.

            Exit codes: 0 done, 1 the other broker refused one, 2 wrong command line, 69 one of the brokers is not there.
            """
    )

    @Option(
        name: [.customShort("n", allowingJoined: true), .long],
        help: ArgumentHelp("At most so many.", valueName: "number")
    )
    var limit: Int?

    @Option(
        name: [.customShort("t", allowingJoined: true), .long],
        help: ArgumentHelp("Seconds without a message after which it ends.", valueName: "seconds")
    )
    var timeout = 1.0

    @Flag(name: [.customShort("a"), .long], help: "Removes from the source what the destination has confirmed.")
    var ackMessages = false

    @Option(
        name: [.customShort("T", allowingJoined: true), .long],
        help: ArgumentHelp("Only tasks of these names.", valueName: "name,…")
    )
    var tasks: String?

    @Option(
        name: [.customShort("Q", allowingJoined: true), .long],
        help: ArgumentHelp(
            "Only these queues; 'old:new' gives one another name. (default: all of task_queues, else 'celery')",
            valueName: "name,…"
        )
    )
    var queues: String?

    @Flag(name: [.customShort("F"), .long], help: "Goes on until it is ended by a signal.")
    var forever = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: "The broker that has the tasks.") var source: String
    @Argument(help: "The broker that is to have them.") var destination: String

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit: expected a number from 1, found \(limit)") }
        guard timeout > 0, timeout <= 86_400 else {
            throw ValidationError("--timeout: expected seconds, found \(timeout)")
        }
    }

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let from = try settings(of: source, "source", effective, context)
        let to = try settings(of: destination, "destination", effective, context)
        let renamings = try QueueRenaming.list(queues, effective.settings)
        let user = try BrokerSetup.endpoint(to).user
        let console = context.console
        let count = try await context.withSession(from, for: "migrate") { source in
            try await context.withSession(to, for: "migrate") { destination in
                let migration = TaskMigration(
                    source: source,
                    destination: destination,
                    queues: renamings,
                    tasks: Set(commaSeparated(tasks ?? "")),
                    user: user,
                    limit: limit ?? .max,
                    moves: ackMessages,
                    silence: forever ? nil : .seconds(timeout),
                    confirmTimeout: effective.settings.publishTimeout,
                    report: { console.print($0) }
                )
                return try await migration.run()
            }
        }
        if count > 0, !ackMessages {
            context.console.complain("\(count) tasks were copied; the source still has them (-a moves them)")
        }
        return ProcessExit.success
    }

    /// The settings with another broker.
    private func settings(
        of url: String,
        _ name: String,
        _ effective: EffectiveSettings,
        _ context: ToolContext
    ) throws -> EffectiveSettings {
        var url = url
        if url.hasPrefix("env:") {
            let variable = String(url.dropFirst(4))
            guard let value = context.environment[variable], !value.isEmpty else {
                throw StartError("migrate: \(name): the variable \(variable) is not set")
            }
            url = value
        }
        var changed = effective
        for setting in ["broker_url", "broker_read_url", "broker_write_url"] {
            try changed.set(setting, to: ConfigurationNode(.text(url), source: .flag(name)))
        }
        return changed
    }
}

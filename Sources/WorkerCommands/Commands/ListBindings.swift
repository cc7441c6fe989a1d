import AMQP
import ArgumentParser
import BrokerModel
import JSON
import OrderedCollections
import SwiftWorker

/// `swiftworker list`.
struct ListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Lists what the broker has.",
        discussion: """
            Examples:
              \(RootCommand.name) list bindings
              \(RootCommand.name) list bindings --json --rabbitmqctl 'docker exec rabbit rabbitmqctl'
            """,
        subcommands: [ListBindings.self]
    )
}

/// `swiftworker list bindings`.
struct ListBindings: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "bindings",
        abstract: "Lists which queue is bound to which exchange by which key.",
        discussion: """
            AMQP does not tell: 'rabbitmqctl' is asked, where Celery asks the management plugin.

            Exit codes: 0 done, 1 rabbitmqctl can't be run, or speaks with another broker, 69 there is no broker.
            """
    )

    @Option(
        help: ArgumentHelp(
            "How rabbitmqctl is run, with arguments if need be. (default: rabbitmqctl)",
            valueName: "command"
        )
    )
    var rabbitmqctl: String?

    @Flag(name: [.customShort("j"), .long], help: "Prints a JSON array of objects.")
    var json = false

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let endpoint = try BrokerSetup.endpoint(effective)
        let control = try RabbitMQControl(option: rabbitmqctl)
        let identity = try await context.withSession(effective, for: "list") { session in
            session.serverProperties["cluster_name"]?.string
        }
        try await control.check(cluster: identity, endpoint: endpoint)
        let answer = try await control.ask(["list_bindings", "--vhost", endpoint.virtualHost])
        let rows = Self.rows(answer)
        if json {
            let objects = rows.map { row -> JSONValue in
                ["queue": .string(row[0]), "exchange": .string(row[1]), "routing_key": .string(row[2])]
            }
            context.console.print(String(decoding: JSONValue.array(objects).serialized(), as: UTF8.self))
        } else {
            context.console.print(Self.table(rows))
        }
        return ProcessExit.success
    }

    /// Queue, exchange and routing key of each binding to a queue.
    static func rows(_ answer: JSONValue) -> [[String]] {
        (answer.array ?? []).compactMap { binding in
            guard binding["destination_kind"]?.string == "queue", let queue = binding["destination_name"]?.string else {
                return nil
            }
            return [queue, binding["source_name"]?.string ?? "", binding["routing_key"]?.string ?? ""]
        }
    }

    /// Celery's columns.
    static func table(_ rows: [[String]]) -> String {
        let rule = String(repeating: "-", count: 16)
        return ([["Queue", "Exchange", "Routing Key"], [rule, rule, rule]] + rows).map { row in
            "\(padded(row[0])) \(padded(row[1])) \(row[2])"
        }.joined(separator: "\n")
    }

    private static func padded(_ text: String) -> String {
        text + String(repeating: " ", count: max(0, 28 - text.count))
    }
}

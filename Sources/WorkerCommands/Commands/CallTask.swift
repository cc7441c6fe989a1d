import ArgumentParser
import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON
import OrderedCollections
import Platform
import SwiftWorker

/// `swiftworker call`.
struct CallTask: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "call",
        abstract: "Starts a task: sends its message, and prints its id.",
        discussion: """
            The queue follows from task_routes, unless options say otherwise, and is declared first. It returns when the broker has \
            confirmed the message, and fails where no queue takes it. Nobody is told the result: with rpc:// it would need \
            somebody who waits.

            Examples:
              \(RootCommand.name) call api.tasks.add -a '[1, 2]'
              \(RootCommand.name) call api.tasks.trim_video -k '{"recording_id": 7}' --queue processing_cpu
              \(RootCommand.name) call api.tasks.cleanup --countdown 3600 --expires 7200

            Exit codes: 0 sent, 1 the broker did not take it, 2 wrong command line, 69 there is no broker.
            """
    )

    @OptionGroup(title: "Calling Options") var calling: CallingOptions
    @OptionGroup(title: "Routing Options") var routing: RoutingOptions
    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("The task's name.", valueName: "name"))
    var name: String

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        let now = WorkerClock.system.wall()
        let offset = try TimeZoneOffsets.of(effective.settings, source: effective.source(of: "timezone"))
        let task = try calling.task(
            name,
            id: UUID().uuidString.lowercased(),
            origin: "gen\(ThisProcess.identifier)@\(ThisProcess.hostName)",
            now: now,
            utcOffset: offset
        )
        let route = try routing.route(of: name, effective.settings)
        let message = try task.message(exchange: route.route.exchange, routingKey: route.route.routingKey, now: now)
        try await context.withSession(effective, for: "call") { session in
            if let queue = route.queue { try await session.declare(queue.steps) }
            try await session.publish(message, timeout: effective.settings.publishTimeout)
        }
        context.console.print(task.id)
        return ProcessExit.success
    }
}

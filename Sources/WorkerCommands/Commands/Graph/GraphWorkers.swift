import AMQP
import ArgumentParser
import CeleryProtocol
import JSON
import SwiftWorker

/// `swiftworker graph workers`.
struct GraphWorkers: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "workers",
        abstract: "The workers with their slots, the broker and the result backend.",
        discussion: """
            Running workers are asked, unless nodes are named. What may be said: nodes:NAME,… threads:NUMBER,… (slots of each) \
            broker:URL backend:URL wmax:NUMBER tmax:NUMBER (how many are drawn, 0 is all) enumerate generic (no names, no addresses).

            Examples:
              \(RootCommand.name) graph workers | dot -Tsvg > workers.svg
              \(RootCommand.name) graph workers nodes:cpu@host1,async@host1 threads:3,20 generic

            Exit codes: 0 done, 69 no worker has replied, or there is no broker.
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: ArgumentHelp("What is drawn otherwise.", valueName: "name:value"))
    var choices: [String] = []

    func run(in context: ToolContext) async throws -> Int32 {
        let effective = try context.settings(global)
        var choices = try WorkerGraph.Choices(choices)
        if choices.broker == nil { choices.broker = try BrokerSetup.endpoint(effective).description }
        choices.backend = choices.backend ?? effective.settings.resultBackend.map(Masking.url)
        if choices.nodes.isEmpty {
            let desk = RemoteDesk(
                options: try RemoteOptions.parse([]),
                global: global,
                context: context,
                purpose: "graph"
            )
            let replies = try await desk.ask(ControlRequest("stats"))
            guard !replies.isEmpty else { return desk.nobodyReplied() }
            choices.nodes = replies.map(\.node)
            choices.slots = replies.map { Int(clamping: $0.value["pool"]?["max-concurrency"]?.integer ?? 0) }
        }
        context.console.print(WorkerGraph(choices).graph.text)
        return ProcessExit.success
    }
}

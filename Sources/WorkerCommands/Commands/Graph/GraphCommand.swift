import ArgumentParser
import SwiftWorker

/// `swiftworker graph`.
struct GraphCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Prints graphs for Graphviz: of a worker's parts, or of the workers.",
        discussion: """
            Examples:
              \(RootCommand.name) graph bootsteps | dot -Tsvg > worker.svg
              \(RootCommand.name) graph workers | dot -Tsvg > workers.svg
            """,
        subcommands: [GraphBootsteps.self, GraphWorkers.self]
    )
}

/// `swiftworker graph bootsteps`.
struct GraphBootsteps: ToolCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootsteps",
        abstract: "The parts of a worker; each needs those that its arrows lead to, and stops before them.",
        discussion: """
            Examples:
              \(RootCommand.name) graph bootsteps
              \(RootCommand.name) graph bootsteps consumer | dot -Tpng > consumer.png
            """
    )

    @OptionGroup(title: "Global Options") var global: GlobalOptions

    @Argument(help: "worker, consumer, or both.")
    var parts: [String] = []

    func run(in context: ToolContext) throws -> Int32 {
        let known: Set<String> = ["worker", "consumer"]
        let wanted = parts.isEmpty ? known : Set(parts.map { $0.lowercased() })
        if let other = wanted.subtracting(known).first {
            throw StartError("graph bootsteps: expected worker or consumer, found '\(other)'")
        }
        context.console.print(Self.graph(wanted).text)
        return ProcessExit.success
    }

    /// What each part needs. Those of the consumer are what happens on the broker's connections.
    private static let needs: [(part: String, group: String, others: [String])] = [
        ("Publisher", "consumer", []),
        ("Events", "consumer", []),
        ("Gossip", "consumer", ["Events"]),
        ("Control", "consumer", ["Publisher", "Events"]),
        ("Mingle", "consumer", ["Control"]),
        ("Consumer", "consumer", ["Control", "Mingle"]),
        ("Completion", "worker", ["Consumer", "Publisher"]),
        ("Pool", "worker", ["Completion"]),
        ("Autoscaler", "worker", ["Pool"]),
        ("Intake", "worker", ["Pool", "Consumer"]),
    ]

    static func graph(_ wanted: Set<String>) -> DotGraph {
        let shown = needs.filter { wanted.contains($0.group) }
        let names = Set(shown.map(\.part))
        var graph = DotGraph()
        for step in shown { graph.add(DotGraph.Node(name: step.part)) }
        for step in shown {
            for other in step.others where names.contains(other) { graph.connect(step.part, to: other) }
        }
        return graph
    }
}

import OrderedCollections
import SwiftWorker

/// Workers, their slots, and what they need, as Celery draws them.
struct WorkerGraph {
    /// What is drawn.
    struct Choices: Sendable, Hashable {
        var nodes: [String] = []
        /// Slots of each node.
        var slots: [Int] = []
        var broker: String?
        var backend: String?
        /// How many workers, and slots of each, are drawn; 0 is all.
        var mostWorkers = 4
        var mostSlots = 3
        /// Numbers instead of names.
        var isEnumerated = false
        /// No addresses.
        var isGeneric = false

        /// Reads `name:value` words.
        ///
        /// - Throws: `StartError` for one that means nothing.
        init(_ words: [String] = []) throws(StartError) {
            for word in words {
                let parts = word.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                let value = parts.count == 2 ? parts[1] : ""
                switch parts[0] {
                case "nodes": nodes = commaSeparated(value)
                case "threads":
                    slots = try commaSeparated(value).map { (text) throws(StartError) in try Self.count(text, word) }
                case "broker": broker = Masking.url(value)
                case "backend": backend = Masking.url(value)
                case "wmax": mostWorkers = try Self.count(value, word)
                case "tmax": mostSlots = try Self.count(value, word)
                case "enumerate": isEnumerated = true
                case "generic": isGeneric = true
                default:
                    let known = ["nodes", "threads", "broker", "backend", "wmax", "tmax", "enumerate", "generic"]
                    throw StartError("graph workers: no '\(word)'\(Suggestion.hint(for: parts[0], among: known))")
                }
            }
        }

        /// Of one worker; also the most that may be asked for.
        static let maximumSlots = 100_000

        private static func count(_ text: String, _ word: String) throws(StartError) -> Int {
            guard let number = Int(text), (0...maximumSlots).contains(number) else {
                throw StartError("graph workers: \(word): expected a number from 0")
            }
            return number
        }
    }

    let graph: DotGraph

    private static let brokerScheme: DotGraph.Attributes = [
        "shape": "circle", "fillcolor": "cadetblue3", "color": "cadetblue4", "height": "1",
    ]
    private static let backendScheme: DotGraph.Attributes = [
        "shape": "folder", "width": "2", "height": "1", "color": "black", "fillcolor": "peachpuff3",
    ]
    private static let slotScheme: DotGraph.Attributes = [
        "fillcolor": "lightcyan4", "fontcolor": "yellow", "shape": "oval", "fontsize": "10", "width": "0.3",
        "color": "black",
    ]

    init(_ choices: Choices) {
        var graph = DotGraph()
        let broker = Self.address("Broker", choices.broker ?? "", choices)
        graph.add(DotGraph.Node(name: broker, attributes: Self.brokerScheme))
        let backend = choices.backend.map { Self.address("Backend", $0, choices) }
        if let backend { graph.add(DotGraph.Node(name: backend, attributes: Self.backendScheme)) }
        var slots = choices.slots
        if choices.mostWorkers > 0, choices.nodes.count > choices.mostWorkers, let last = slots.last {
            slots = slots.prefix(choices.mostWorkers - 1) + [last]
        }
        var number = 0
        for (index, worker) in Self.shortened(choices.nodes, "Worker", choices.mostWorkers, choices).enumerated() {
            graph.add(DotGraph.Node(name: worker))
            graph.connect(worker, to: broker)
            if let backend { graph.connect(worker, to: backend) }
            guard slots.indices.contains(index) else { continue }
            // Workers reply what they like.
            let labels = (0..<min(max(0, slots[index]), Choices.maximumSlots)).map(String.init)
            for label in Self.shortened(labels, "P", choices.mostSlots, choices) {
                number += 1
                let name = "thr-\(number)"
                graph.add(DotGraph.Node(name: name, attributes: Self.slotScheme.merging(["label": label]) { $1 }))
                graph.connect(name, to: worker, ["arrowhead": "none", "arrowtail": "tee"])
            }
        }
        self.graph = graph
    }

    private static func address(_ kind: String, _ url: String, _ choices: Choices) -> String {
        choices.isGeneric ? "\(kind) (\(url.prefix { $0 != ":" })://)" : url
    }

    /// The first ones and the last, with one in between that says how many are left out.
    private static func shortened(_ names: [String], _ kind: String, _ most: Int, _ choices: Choices) -> [String] {
        let all =
            choices.isEnumerated ? (1...max(1, names.count)).prefix(names.count).map { kind + subscripted($0) } : names
        guard most > 1, all.count > most else { return most == 1 ? Array(all.prefix(1)) : all }
        var shown = Array(all.prefix(most - 1)) + all.suffix(1)
        shown[most - 2] = "\(kind.prefix(1))⎨…\(subscripted(all.count - (most - 1)))⎬"
        return shown
    }

    private static func subscripted(_ number: Int) -> String {
        String(
            String(number).unicodeScalars.compactMap { Unicode.Scalar(0x2080 + $0.value - 0x30) }.map(Character.init)
        )
    }
}

import OrderedCollections

/// A graph in Graphviz's language, drawn as Celery draws its own.
struct DotGraph: Sendable {
    typealias Attributes = OrderedDictionary<String, String>

    struct Node: Sendable {
        let name: String
        var attributes: Attributes = [:]
    }

    private struct Entry {
        let node: Node
        /// Names, with the edge's attributes.
        var needs: [(name: String, attributes: Attributes)] = []
    }

    private var entries: OrderedDictionary<String, Entry> = [:]

    private static let common: Attributes = [
        "shape": "box", "arrowhead": "vee", "style": "filled", "fontname": "HelveticaNeue",
    ]
    private static let inner: Attributes = ["fillcolor": "palegreen3", "color": "palegreen4"]
    private static let leaf: Attributes = ["fillcolor": "palegreen1", "color": "palegreen2"]
    private static let edge: Attributes = ["color": "darkseagreen4", "arrowcolor": "black", "arrowsize": "0.7"]
    private static let whole: Attributes = ["bgcolor": "mintcream", "root": "None"]

    mutating func add(_ node: Node) {
        if entries[node.name] == nil { entries[node.name] = Entry(node: node) }
    }

    /// An arrow from a node to one that it needs; both were added before.
    mutating func connect(_ name: String, to other: String, _ attributes: Attributes = [:]) {
        entries[name]?.needs.append((other, attributes))
    }

    var text: String {
        var lines = ["digraph dependencies {", "    graph [\(Self.list(Self.whole))]"]
        for entry in entries.values {
            let scheme = entry.needs.isEmpty ? Self.leaf : Self.inner
            let attributes = scheme.merging(entry.node.attributes) { $1 }
            lines.append("    \(Self.quoted(entry.node.name)) [\(Self.list(attributes))]")
            for other in entry.needs {
                let attributes = Self.edge.merging(other.attributes) { $1 }
                lines.append(
                    "    \(Self.quoted(entry.node.name)) -> \(Self.quoted(other.name)) [\(Self.list(attributes))]"
                )
            }
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private static func list(_ attributes: Attributes) -> String {
        common.merging(attributes) { $1 }.map { "\($0.key)=\(quoted($0.value))" }.joined(separator: ", ")
    }

    private static func quoted(_ text: String) -> String {
        "\"" + String(text.flatMap { $0 == "\"" ? ["\\", $0] : [$0] }) + "\""
    }
}

import CeleryProtocol

/// The `%` abbreviations of `multi`: `%n` the node's name, `%h` and `%p` the whole node name, `%d` its host, `%N` as
/// `%n`; `%i` and `%I` are left for the worker.
///
/// `%h` and `%d` are not what they are for a worker. So it is in Celery.
struct NodeExpander: Sendable, Hashable {
    private let node: NodeName

    init(_ node: NodeName) {
        self.node = node
    }

    /// - Throws: `MultiError` for an unknown abbreviation.
    func expand(_ text: String) throws(MultiError) -> String {
        let name = node.name.isEmpty ? "celery" : node.name
        do {
            return try NodeName.expand(text) { key in
                switch key {
                case "n": name
                case "N": node.name
                case "h", "p": node.description
                case "d": node.host
                case "i": "%i"
                case "I": "%I"
                default: nil
                }
            }
        } catch {
            throw MultiError(error.message)
        }
    }
}

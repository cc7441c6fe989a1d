import CeleryProtocol
import SwiftWorker

/// The nodes that a command line, and the configuration, speak of (`MultiParser` in `celery/apps/multi.py`).
struct MultiNodes {
    private(set) var nodes: [MultiNode] = []
    /// Names behind the colon of an option that no node has: likely slips, about which Celery says nothing.
    private(set) var unknownNames: [String] = []

    /// More nodes than a machine can have: a slip of the finger.
    private static let limit = 1000

    /// What a node is before options are applied to it.
    private struct Entry {
        var name: NodeName
        /// What options call it: `-c:LABEL 3`.
        var label: String
        var key: String?
        var base = OptionList()
    }

    /// Nodes that only the command line knows: names, or one number, which is how many there are.
    ///
    /// - Throws: `MultiError`.
    init(_ arguments: MultiArguments, machine: Machine) throws(MultiError) {
        let shared = try SharedOptions(arguments, machine: machine)
        var names = arguments.names
        var prefix = shared.prefix
        let count = names.count == 1 ? Int(names[0]) : nil
        if let count {
            guard count <= Self.limit else { throw MultiError("\(count) nodes are more than \(Self.limit)") }
            names = count < 1 ? [] : (1...count).map(String.init)
            prefix = shared.rangePrefix
        }
        var entries: [Entry] = []
        for name in names {
            let isWhole = name.contains("@")
            let node = try machine.node(isWhole ? name : "\(prefix)\(name)@\(shared.host ?? machine.hostName)")
            entries.append(Entry(name: node, label: isWhole ? node.name : name))
        }
        try build(entries, shared, arguments.namespaces, isCount: count != nil)
    }

    /// The nodes of workers in the configuration; options of the command line win over theirs.
    ///
    /// - Throws: `MultiError`, also when two of them would have one name.
    init(
        _ arguments: MultiArguments,
        workers: [WorkerSettings],
        of section: WorkerSection,
        machine: Machine
    ) throws(MultiError) {
        let shared = try SharedOptions(arguments, machine: machine)
        var entries: [Entry] = []
        for worker in workers {
            let node = try WorkerSection.node(of: worker, machine: machine, prefix: shared.prefix, host: shared.host)
            if let twin = entries.first(where: { $0.name == node }) {
                throw MultiError("the workers '\(twin.label)' and '\(worker.name)' are both \(node): change a hostname")
            }
            entries.append(
                Entry(name: node, label: worker.name, key: worker.name, base: section.options(of: worker))
            )
        }
        try build(entries, shared, arguments.namespaces, isCount: false)
    }

    private mutating func build(
        _ entries: [Entry],
        _ shared: SharedOptions,
        _ given: OptionNamespaces,
        isCount: Bool
    ) throws(MultiError) {
        var namespaces = given
        try namespaces.resolve(names: entries.map { isCount ? $0.label : $0.name.description }, isCount: isCount)
        for entry in entries {
            var options = shared.options
            for name in [entry.label, entry.name.description] {
                if let own = namespaces[name] { options.update(own) }
            }
            nodes.append(
                try MultiNode(
                    name: entry.name,
                    key: entry.key,
                    base: entry.base,
                    options: options,
                    template: shared.template
                )
            )
        }
        let known = Set(entries.flatMap { [$0.label, $0.name.description] })
        unknownNames = namespaces.names.filter { !known.contains($0) && Int($0) == nil }
    }
}

/// Where the nodes will run.
struct Machine: Sendable {
    var hostName: String
    /// For paths that begin with `~`.
    var home: String?

    /// Makes a node's name; `%h`, `%n` and `%d` are the machine's.
    ///
    /// - Throws: `MultiError` for an unknown `%` form.
    func node(_ text: String) throws(MultiError) -> NodeName {
        do {
            return try NodeName(option: text, hostname: hostName)
        } catch {
            throw MultiError(error.message)
        }
    }
}

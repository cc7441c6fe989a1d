/// Options for some nodes: what stands behind the colon of `-c:1-3 10`, `-Q:images,video a`, in the order given.
struct OptionNamespaces: Sendable, Hashable {
    private var keys: [String] = []
    private var lists: [String: OptionList] = [:]

    /// The options of one node's name.
    subscript(key: String) -> OptionList? { lists[key] }

    /// Every name that options were given for.
    var names: [String] { keys }

    mutating func set(_ name: String, _ value: String?, for key: String) {
        var options = OptionList()
        options.set(name, value)
        update(key, options)
    }

    /// Turns numbers, lists and ranges into names of nodes, in Celery's order of doing so.
    ///
    /// - Parameters:
    ///   - names: the nodes' names; numbers are places among them, from 1.
    ///   - isCount: whether the nodes were given as a count, so that a hyphen makes a range: in a name it is a hyphen.
    /// - Throws: `MultiError` for a number beyond the nodes.
    mutating func resolve(names: [String], isCount: Bool) throws(MultiError) {
        if isCount {
            try resolveNumbers(names)
            try splitLists(isCount: true)
        } else {
            try splitLists(isCount: false)
            try resolveNumbers(names)
        }
    }

    private mutating func update(_ key: String, _ options: OptionList) {
        if lists[key] == nil { keys.append(key) }
        lists[key, default: OptionList()].update(options)
    }

    private mutating func resolveNumbers(_ names: [String]) throws(MultiError) {
        for key in keys {
            guard Self.isNumber(key), let options = lists[key] else { continue }
            guard let index = Int(key), index >= 1, index <= names.count else {
                throw MultiError("no node has the number \(key): there are \(names.count), counted from 1")
            }
            update(names[index - 1], options)
        }
    }

    private mutating func splitLists(isCount: Bool) throws(MultiError) {
        for key in keys where key.contains(",") || (isCount && key.contains("-")) {
            guard let options = lists.removeValue(forKey: key) else { continue }
            keys.removeAll { $0 == key }
            for part in key.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
                for name in try Self.names(in: part, isCount: isCount) { update(name, options) }
            }
        }
    }

    private static func names(in part: String, isCount: Bool) throws(MultiError) -> [String] {
        guard isCount, part.contains("-") else { return [part] }
        let ends = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        // Far beyond any number of nodes.
        guard ends.count == 2, let first = ends[0], let last = ends[1], last < 100_000 else {
            throw MultiError("'\(part)' is no range of nodes such as 1-3")
        }
        return first <= last ? (first...last).map(String.init) : []
    }

    private static func isNumber(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

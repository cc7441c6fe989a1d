/// Options of a command line in the order in which they first came. A later value takes the place of an earlier one.
struct OptionList: Sendable, Hashable {
    struct Option: Sendable, Hashable {
        /// With its dashes: `-c`, `--pool`.
        var name: String
        var value: String?

        /// As it stands on a command line.
        var words: [String] {
            guard let value, !value.isEmpty else { return [name] }
            return name.hasPrefix("--") ? ["\(name)=\(value)"] : [name, value]
        }
    }

    private(set) var options: [Option] = []

    var words: [String] { options.flatMap(\.words) }

    /// The first option of one of these names.
    func first(_ names: String...) -> Option? {
        names.lazy.compactMap { name in options.first { $0.name == name } }.first
    }

    mutating func set(_ name: String, _ value: String?) {
        if let index = options.firstIndex(where: { $0.name == name }) {
            options[index].value = value
        } else {
            options.append(Option(name: name, value: value))
        }
    }

    mutating func update(_ others: OptionList) {
        for option in others.options { set(option.name, option.value) }
    }

    /// Puts others in place of its own, where a short and a long name of an option are one option.
    mutating func override(_ others: OptionList) {
        let overridden = Set(others.options.map { OptionSpelling.long($0.name) })
        var result = OptionList()
        for option in options {
            let long = OptionSpelling.long(option.name)
            if overridden.contains(long) {
                for other in others.options where OptionSpelling.long(other.name) == long {
                    result.set(other.name, other.value)
                }
            } else {
                result.set(option.name, option.value)
            }
        }
        result.update(others)
        self = result
    }

    @discardableResult
    mutating func remove(_ name: String) -> Option? {
        options.firstIndex { $0.name == name }.map { options.remove(at: $0) }
    }

    func mapValues<Failure>(_ transform: (Option) throws(Failure) -> String?) throws(Failure) -> OptionList {
        var result = OptionList()
        for option in options { result.set(option.name, try transform(option)) }
        return result
    }
}

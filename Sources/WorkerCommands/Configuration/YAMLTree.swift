import SwiftWorker
import Yams

/// Turns YAML text into configuration nodes.
///
/// Plain scalars follow YAML 1.2: only `true` and `false` are booleans, so a queue may be called `no`.
struct YAMLTree {
    private let text: String
    private let place: (Int, Int) -> SettingSource
    /// Aliases may multiply nodes without end.
    private var remaining = 20_000
    private static let depthLimit = 32

    /// - Parameter place: makes a source of a line and a column, both counted from 1.
    /// - Throws: `SettingsError` for text that isn't YAML, for a key given twice, for too much.
    static func parse(
        _ text: String,
        place: @escaping (Int, Int) -> SettingSource
    ) throws(SettingsError) -> ConfigurationNode {
        var tree = YAMLTree(text: text, place: place)
        let root: Node?
        do {
            root = try compose(yaml: text)
        } catch let error as YamlError {
            throw tree.translate(error)
        } catch {
            throw SettingsError(.syntax, "not YAML: \(error)", source: place(1, 1))
        }
        guard let root else { return ConfigurationNode(.null, source: place(1, 1)) }
        return try tree.convert(root, depth: 0)
    }

    private init(text: String, place: @escaping (Int, Int) -> SettingSource) {
        self.text = text
        self.place = place
    }

    private mutating func convert(_ node: Node, depth: Int) throws(SettingsError) -> ConfigurationNode {
        let source = source(of: node)
        remaining -= 1
        guard remaining > 0, depth < Self.depthLimit else {
            throw SettingsError(.syntax, "too much, or nested too deeply", source: source)
        }
        switch node {
        case .scalar(let scalar):
            return ConfigurationNode(
                scalar.style == .plain ? Self.plain(scalar.string) : .string(scalar.string),
                source: source
            )
        case .sequence(let sequence):
            var items: [ConfigurationNode] = []
            for item in sequence { items.append(try convert(item, depth: depth + 1)) }
            return ConfigurationNode(.list(items), source: source)
        case .mapping(let mapping):
            var entries: [ConfigurationEntry] = []
            for (key, value) in mapping {
                guard case .scalar(let name) = key else {
                    throw SettingsError(.wrongType, "expected a name as key", source: self.source(of: key))
                }
                entries.append(
                    ConfigurationEntry(
                        key: name.string,
                        source: self.source(of: key),
                        value: try convert(value, depth: depth + 1)
                    )
                )
            }
            return ConfigurationNode(.map(entries), source: source)
        case .alias:
            throw SettingsError(.syntax, "an alias without anchor", source: source)
        }
    }

    private func source(of node: Node) -> SettingSource {
        place(node.mark?.line ?? 1, node.mark?.column ?? 1)
    }

    private static func plain(_ text: String) -> ConfigurationNode.Content {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: break
        }
        if let number = Int(text) { return .integer(number) }
        // Swift would also read hexadecimal, `inf` and `nan`.
        if text.utf8.allSatisfy({ "0123456789+-.eE".utf8.contains($0) }), let number = Double(text), number.isFinite {
            return .double(number)
        }
        return .string(text)
    }

    private func translate(_ error: YamlError) -> SettingsError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return SettingsError(.syntax, "not YAML: \(problem)", source: place(mark.line, mark.column))
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let (line, column) = secondPlace(of: key, from: context.mark)
            return SettingsError(.duplicate, "'\(key)' is given twice", source: place(line, column))
        case .reader(let problem, _, _, _):
            return SettingsError(.syntax, "not YAML: \(problem)", source: place(1, 1))
        default:
            return SettingsError(.syntax, "not YAML: \(error)", source: place(1, 1))
        }
    }

    /// The parser only tells where the map begins, so the second key is looked for in the text.
    private func secondPlace(of key: String, from mark: Mark) -> (Int, Int) {
        var seen = 0
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            guard index + 1 >= mark.line else { continue }
            let indent = line.prefix { $0 == " " }.count
            let rest = line.dropFirst(indent)
            let isHere = [key, "\"\(key)\"", "'\(key)'"].contains { name in
                rest.hasPrefix(name) && rest.dropFirst(name.count).drop { $0 == " " }.hasPrefix(":")
            }
            guard isHere, indent + 1 == mark.column else { continue }
            seen += 1
            if seen == 2 { return (index + 1, indent + 1) }
        }
        return (mark.line, mark.column)
    }
}

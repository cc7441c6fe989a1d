import CeleryProtocol
import JSON
import OrderedCollections
import SwiftWorker

/// A command as it is typed: which words become which arguments (Celery reference, 7.11).
struct RemoteCommand: Sendable {
    let name: String
    /// What follows the name, for help and messages.
    let signature: String
    let summary: String
    /// The keyword arguments that words amount to; `nil` for words that do not fit the signature.
    let arguments: @Sendable ([String]) -> JSONObject?

    init(
        _ name: String,
        _ signature: String,
        _ summary: String,
        _ arguments: @escaping @Sendable ([String]) -> JSONObject?
    ) {
        self.name = name
        self.signature = signature
        self.summary = summary
        self.arguments = arguments
    }

    /// - Parameters:
    ///   - parameters: one word each.
    ///   - count: how many words there must be; all parameters unless said otherwise.
    ///   - rest: takes all further words, as a list.
    init(
        _ name: String,
        _ signature: String,
        _ summary: String,
        _ parameters: [RemoteParameter] = [],
        needing count: Int? = nil,
        rest: RemoteParameter? = nil
    ) {
        self.init(name, signature, summary) { words in
            guard words.count >= count ?? parameters.count, rest != nil || words.count <= parameters.count else {
                return nil
            }
            var arguments: JSONObject = [:]
            for (parameter, word) in zip(parameters, words) {
                guard let value = parameter.value(word) else { return nil }
                arguments[parameter.name] = value
            }
            if let rest {
                let values = words.dropFirst(parameters.count).map(rest.value)
                guard values.allSatisfy({ $0 != nil }) else { return nil }
                arguments[rest.name] = .array(values.compactMap(\.self))
            }
            return arguments
        }
    }

    /// A command of the program's own. What is JSON in `name=value` is taken as such, anything else as text.
    init(_ custom: CustomCommand) {
        self.init(custom.name, "[NAME=VALUE...]", custom.summary) { words in
            var arguments: JSONObject = [:]
            for word in words {
                let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, !parts[0].isEmpty else { return nil }
                arguments[String(parts[0])] =
                    (try? JSONValue(parsing: Array(parts[1].utf8))) ?? .string(String(parts[1]))
            }
            return arguments
        }
    }

    /// The request that a name and words amount to.
    ///
    /// - Parameter group: the command in front of them: `inspect`, `control`.
    /// - Throws: `StartError` for a command that there is not, or other words than it takes.
    static func request(
        _ name: String,
        _ words: [String],
        among commands: [RemoteCommand],
        of group: String
    ) throws(StartError) -> ControlRequest {
        guard let command = commands.first(where: { $0.name == name }) else {
            let names = commands.map(\.name).sorted()
            let hint = Suggestion.nearest(to: name, among: names).map { "did you mean '\($0)'?" }
            let help = hint ?? "there are \(names.joined(separator: ", "))"
            throw StartError("\(group): no command '\(name)'; \(help)")
        }
        guard let arguments = command.arguments(words) else {
            let signature = command.signature.isEmpty ? "no arguments" : command.signature
            throw StartError("\(group): \(command.name) takes \(signature)")
        }
        return ControlRequest(command.name, arguments)
    }

    /// Commands in a column, with what each does.
    static func list(_ commands: [RemoteCommand]) -> String {
        let sorted = commands.sorted { $0.name < $1.name }
        let heads = sorted.map { "  " + ($0.signature.isEmpty ? $0.name : "\($0.name) \($0.signature)") }
        let width = (heads.map(\.count).max() ?? 0) + 2
        return zip(heads, sorted).map { head, command in
            head + String(repeating: " ", count: width - head.count) + command.summary
        }.joined(separator: "\n")
    }
}

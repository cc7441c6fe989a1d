import CeleryProtocol
import JSON

/// The parameters of a task, learnt from its `Arguments` type, and the binding of a call to them as Python does it.
///
/// The declaration order comes from a trial decoding at registration: a synthesized `init(from:)` asks for its keys in
/// that order. Where a type refuses the trial's placeholder values, the list ends there (`isComplete` is false) and
/// the rest is learnt call by call.
struct ParameterList: Sendable {
    struct Parameter: Sendable, Hashable {
        /// The coding key, as Swift spells it.
        let codingName: String
        /// The name as Python spells it, in snake_case.
        let name: String
        let isRequired: Bool
    }

    /// How the type takes its arguments.
    enum Shape: Sendable {
        /// By name or by position.
        case named
        /// All positional arguments as a list: Python's `*args`.
        case list
    }

    /// The function's name in messages: the last part of the task's name.
    let function: String
    let shape: Shape
    let parameters: [Parameter]
    let isComplete: Bool

    init<T: Decodable>(of type: T.Type, function task: String) {
        function = task.split(separator: ".").last.map(String.init) ?? task
        let recorder = ParameterRecorder()
        do {
            _ = try T(from: PlaceholderDecoder(recorder: recorder))
            isComplete = true
        } catch {
            isComplete = false
        }
        shape = recorder.isList ? .list : .named
        parameters = recorder.parameters
    }

    /// Decodes a call's arguments.
    ///
    /// - Throws: a `PythonException` of type TypeError with Python's wording.
    func bind<T: Decodable>(_ type: T.Type, _ args: JSONNode, _ kwargs: JSONNode) throws -> T {
        if case .list = shape {
            if let key = kwargs.keys.first { throw unexpectedKeyword(key) }
            return try decode(type, from: args, argument: "args")
        }
        if isComplete { try check(args, kwargs) }
        let binding = ArgumentBinding(list: self, args: args, kwargs: kwargs)
        let value = try T(from: ArgumentDecoder(binding: binding))
        if !isComplete { try checkLeftovers(binding) }
        return value
    }

    /// The Python spelling of a Swift name: `recordingId`, `recordingID` and `recording_id` are all `recording_id`.
    static func snakeCase(_ name: String) -> String {
        var result = ""
        let characters = Array(name)
        for (index, character) in characters.enumerated() {
            if character.isUppercase, index > 0, characters[index - 1] != "_" {
                let followsLowercase = !characters[index - 1].isUppercase
                let startsWord = index + 1 < characters.count && characters[index + 1].isLowercase
                if followsLowercase || startsWord { result.append("_") }
            }
            result.append(contentsOf: character.lowercased())
        }
        return result
    }

    /// The checks of a Python call, in Python's order: keywords, surplus, missing.
    private func check(_ args: JSONNode, _ kwargs: JSONNode) throws {
        if kwargs.count > 0 {
            for key in kwargs.keys {
                guard let index = parameters.firstIndex(where: { $0.name == key || $0.codingName == key }) else {
                    throw unexpectedKeyword(key)
                }
                if index < args.count {
                    throw PythonException.typeError("\(function)() got multiple values for argument '\(key)'")
                }
            }
        }
        if args.count > parameters.count { throw surplus(given: args.count) }
        let missing = parameters.dropFirst(args.count).filter {
            $0.isRequired && kwargs[$0.name] == nil && kwargs[$0.codingName] == nil
        }
        if !missing.isEmpty { throw self.missing(missing.map(\.name)) }
    }

    private func checkLeftovers(_ binding: ArgumentBinding) throws {
        let names = binding.names
        let known = names.flatMap { [$0, Self.snakeCase($0)] }
        if let key = binding.kwargs.keys.first(where: { !known.contains($0) }) { throw unexpectedKeyword(key) }
        if binding.args.count > names.count {
            throw PythonException.typeError(
                "\(function)() takes \(names.count) positional arguments but \(binding.args.count) were given"
            )
        }
    }

    func missing(_ names: [String]) -> PythonException {
        let quoted = names.map { "'\($0)'" }
        let list =
            switch quoted.count {
            case 1: quoted[0]
            case 2: "\(quoted[0]) and \(quoted[1])"
            default: quoted.dropLast().joined(separator: ", ") + ", and " + quoted[quoted.count - 1]
            }
        let noun = names.count == 1 ? "argument" : "arguments"
        return .typeError("\(function)() missing \(names.count) required positional \(noun): \(list)")
    }

    private func unexpectedKeyword(_ key: String) -> PythonException {
        .typeError("\(function)() got an unexpected keyword argument '\(key)'")
    }

    private func surplus(given: Int) -> PythonException {
        let most = parameters.count
        let least = parameters.filter(\.isRequired).count
        let takes = least == most ? "\(most)" : "from \(least) to \(most)"
        let noun = most == 1 ? "argument" : "arguments"
        let verb = given == 1 ? "was" : "were"
        return .typeError("\(function)() takes \(takes) positional \(noun) but \(given) \(verb) given")
    }

    /// Decodes one argument, with Python's kind of error for a value of the wrong type.
    func decode<T: Decodable>(_ type: T.Type, from node: JSONNode, argument: String) throws -> T {
        do {
            return try node.decode(type, types: KombuTypes())
        } catch let error as DecodingError {
            let name = Self.snakeCase(argument)
            throw PythonException.typeError("\(function)() argument '\(name)': \(Self.describe(error))")
        }
    }

    private static func describe(_ error: DecodingError) -> String {
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            context = found
            return path(context) + "'\(key.stringValue)' is missing"
        @unknown default: return "it can't be decoded"
        }
        return path(context) + context.debugDescription
    }

    private static func path(_ context: DecodingError.Context) -> String {
        if context.codingPath.isEmpty { return "" }
        return context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }.joined() + ": "
    }
}

import CeleryProtocol
import JSON
import OrderedCollections

extension RetryRequest {
    /// Completes a retry that gives only positional or only keyword arguments with what it keeps of this run's, so that
    /// no parameter is given twice; as Celery since 5.7, where such a retry ended in a TypeError before.
    mutating func completeArguments(from payload: TaskPayload, _ parameters: ParameterList) {
        // A `*args` has no names.
        guard case .named = parameters.shape else { return }
        if let arguments, keywordArguments == nil, payload.kwargs.count > 0 {
            let named = parameters.parameters.prefix(arguments.count)
            var kept = payload.kwargs.value.object ?? [:]
            for parameter in named { _ = kept.take(parameter) }
            if kept.count < payload.kwargs.count { keywordArguments = kept }
        } else if var keywords = keywordArguments, arguments == nil, payload.args.count > 0 {
            guard var kept = payload.args.value.array, kept.count <= parameters.parameters.count else { return }
            for (index, parameter) in parameters.parameters.prefix(kept.count).enumerated() {
                if let value = keywords.take(parameter) { kept[index] = value }
            }
            guard keywords.count < keywordArguments?.count ?? 0 else { return }
            arguments = kept
            keywordArguments = keywords
        }
    }
}

extension JSONObject {
    /// Takes out the argument of a parameter, under either of its spellings.
    fileprivate mutating func take(_ parameter: ParameterList.Parameter) -> JSONValue? {
        removeValue(forKey: parameter.name) ?? removeValue(forKey: parameter.codingName)
    }
}

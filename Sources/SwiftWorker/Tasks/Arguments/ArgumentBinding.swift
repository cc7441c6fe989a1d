import JSON

/// One call's arguments while they are being handed to `Arguments.init(from:)`.
final class ArgumentBinding {
    let list: ParameterList
    let args: JSONNode
    let kwargs: JSONNode
    /// The coding names of the list and those asked for beyond it, in order; empty while none is beyond.
    private var seen: [String] = []
    /// Where the next key is expected: keys come in the order of the list.
    private var cursor = 0

    init(list: ParameterList, args: JSONNode, kwargs: JSONNode) {
        self.list = list
        self.args = args
        self.kwargs = kwargs
    }

    /// The value of a parameter, or `nil` when the call does not give it.
    func node(for codingName: String) -> JSONNode? {
        let index = position(of: codingName)
        if let node = args[index] { return node }
        if kwargs.count == 0 { return nil }
        let name = index < list.parameters.count ? list.parameters[index].name : ParameterList.snakeCase(codingName)
        return kwargs[name] ?? kwargs[codingName]
    }

    /// The coding names of all parameters known by now, in order.
    var names: [String] { seen.isEmpty ? list.parameters.map(\.codingName) : seen }

    private func position(of codingName: String) -> Int {
        if cursor < list.parameters.count, list.parameters[cursor].codingName == codingName {
            defer { cursor += 1 }
            return cursor
        }
        if let index = list.parameters.firstIndex(where: { $0.codingName == codingName }) {
            cursor = index + 1
            return index
        }
        // Beyond what registration could learn: the order of asking is the order of the parameters.
        if let index = seen.firstIndex(of: codingName) { return index }
        for parameter in list.parameters.dropFirst(seen.count) { seen.append(parameter.codingName) }
        seen.append(codingName)
        return seen.count - 1
    }
}

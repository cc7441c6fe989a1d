public import JSON

/// Names one value among a task's arguments: `user_id`, or `order.customer.id` within one, or `0` for the first positional
/// argument.
///
/// A name is looked for among the keyword arguments first. One that was passed by position is found if the names of the
/// task's parameters are known.
public struct ArgumentPath: Sendable, Hashable, CustomStringConvertible {
    public let components: [String]

    /// Reads names or indices with dots between them; `nil` for an empty one.
    public init?(_ text: String) {
        let components = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard components.allSatisfy({ !$0.isEmpty }) else { return nil }
        self.components = components
    }

    public var description: String { components.joined(separator: ".") }

    /// The value; `nil` when the call has none.
    ///
    /// - Parameter parameters: the names of the task's parameters in their order, if known.
    public func value(args: JSONNode, kwargs: JSONNode, parameters: [String] = []) -> JSONNode? {
        var node: JSONNode?
        if let value = kwargs[components[0]] {
            node = value
        } else if let index = Int(components[0]) ?? parameters.firstIndex(of: components[0]) {
            node = args[index]
        }
        for component in components.dropFirst() {
            guard let current = node else { return nil }
            node = current.kind == .array ? Int(component).flatMap { current[$0] } : current[component]
        }
        return node
    }

    /// The value as text: a string as it is, other values as JSON writes them. `7` and `"7"` are the same.
    public func text(args: JSONNode, kwargs: JSONNode, parameters: [String] = []) -> String? {
        guard let node = value(args: args, kwargs: kwargs, parameters: parameters) else { return nil }
        return node.string ?? String(decoding: node.value.serialized(), as: UTF8.self)
    }
}

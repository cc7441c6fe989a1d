public import JSON

/// A task message's body, decoded: what the task is called with and what follows it.
public struct TaskPayload: Sendable {
    /// The parsed body, owner of `args` and `kwargs`.
    public let document: JSONDocument
    /// The positional arguments, an array.
    public let args: JSONNode
    /// The keyword arguments, an object.
    public let kwargs: JSONNode
    /// What follows the task.
    public let embed: Embed
    /// Whether the body is an object as in protocol 1, although the message has the headers of protocol 2.
    public let isHybrid: Bool

    init(document: JSONDocument, args: JSONNode, kwargs: JSONNode, embed: Embed, isHybrid: Bool = false) {
        self.document = document
        self.args = args
        self.kwargs = kwargs
        self.embed = embed
        self.isHybrid = isHybrid
    }
}

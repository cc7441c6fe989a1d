public import JSON
public import OrderedCollections

/// A call that is to be made later, as it stands in messages (Celery reference, 1.4).
///
/// Keys that are not known here are kept, so that they survive when the signature is sent on.
public struct Signature: Sendable, Hashable {
    public var task: String
    public var args: [JSONValue]
    public var kwargs: JSONObject
    /// Options of the publish: `task_id`, `queue`, `link`, `countdown` …
    public var options: JSONObject
    /// `chain`, `group`, `chord` … for a composite; `nil` for a plain task.
    public var subtaskType: String?
    /// Whether the result of what ran before is left out of the arguments.
    public var isImmutable: Bool
    /// Keys beyond these.
    public var unknown: JSONObject

    public init(
        task: String,
        args: [JSONValue] = [],
        kwargs: JSONObject = [:],
        options: JSONObject = [:],
        subtaskType: String? = nil,
        isImmutable: Bool = false
    ) {
        self.task = task
        self.args = args
        self.kwargs = kwargs
        self.options = options
        self.subtaskType = subtaskType
        self.isImmutable = isImmutable
        unknown = [:]
    }

    /// Reads a signature; absent and null fields have their defaults.
    ///
    /// - Throws: `ProtocolError` when there is no task name or a field has a wrong type.
    public init(_ value: JSONValue) throws(ProtocolError) {
        guard let object = value.object, let task = object["task"]?.string else {
            throw ProtocolError(.invalidSignature, "a signature is an object with a task")
        }
        self.init(task: task)
        for (key, value) in object where !value.isNull {
            switch key {
            case "task": break
            case "args": args = try Signature.require(value.array, key)
            case "kwargs": kwargs = try Signature.require(value.object, key)
            case "options": options = try Signature.require(value.object, key)
            case "subtask_type": subtaskType = try Signature.require(value.string, key)
            case "immutable": isImmutable = try Signature.require(value.bool, key)
            default: unknown[key] = value
            }
        }
    }

    private static func require<T>(_ value: T?, _ key: String) throws(ProtocolError) -> T {
        guard let value else { throw ProtocolError(.invalidSignature, "a signature's \(key) has the wrong type") }
        return value
    }

    /// The object as it stands in messages.
    public var jsonValue: JSONValue {
        var object: JSONObject = [
            "task": .string(task),
            "args": .array(args),
            "kwargs": .object(kwargs),
            "options": .object(options),
            "subtask_type": subtaskType.map(JSONValue.string) ?? .null,
            "immutable": .bool(isImmutable),
        ]
        for (key, value) in unknown { object[key] = value }
        return .object(object)
    }

    /// The id that the producer gave the task beforehand.
    public var taskID: String? { options["task_id"]?.string }
}

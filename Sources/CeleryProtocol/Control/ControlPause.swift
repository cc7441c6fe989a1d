public import JSON
public import OrderedCollections

/// What a pause keeps from starting.
public enum PauseTarget: String, Sendable, Hashable, CaseIterable {
    /// Queues: they are not consumed.
    case queue
    /// Tasks: they are given back or parked.
    case task
}

/// The commands `pause` and `resume`: `{"queue": "video*"}` or `{"task": "proj.video.*"}`, and for a pause why.
public struct ControlPause: Sendable, Hashable {
    /// How long a pattern or a reason may be, in characters.
    public static let maximumLength = 512

    public var target: PauseTarget
    /// A shell pattern for names.
    public var pattern: String
    /// For logs and status.
    public var reason: String?

    public init(_ target: PauseTarget, _ pattern: String, reason: String? = nil) {
        self.target = target
        self.pattern = pattern
        self.reason = reason
    }

    init(_ arguments: ControlArguments) throws(PythonException) {
        let given = PauseTarget.allCases.filter { !arguments[$0.rawValue].isNull }
        guard given.count == 1, let target = given.first else {
            throw .typeError("\(arguments.method)() takes either 'queue' or 'task'")
        }
        self.init(target, try arguments.text(target.rawValue), reason: arguments["reason"].string.nonEmpty)
        guard (1...ControlPause.maximumLength).contains(pattern.count) else {
            throw .valueError("a pattern has 1 to \(ControlPause.maximumLength) characters")
        }
        reason = reason.map { String($0.prefix(ControlPause.maximumLength)) }
    }

    /// The arguments of the command.
    public var arguments: JSONObject {
        var arguments: JSONObject = [target.rawValue: .string(pattern)]
        if let reason { arguments["reason"] = .string(reason) }
        return arguments
    }
}

public import JSON
import OrderedCollections

/// A command that this worker carries out, with its arguments read (Celery reference, 7.8).
public enum ControlCommand: Sendable, Hashable {
    case ping
    /// `revoke`, and `terminate`, which is the same with termination.
    case revoke(ControlRevocation)
    case revokeByStampedHeaders(ControlStampRevocation)
    /// The limit is read by the worker; nothing, zero and an empty text are none.
    case rateLimit(task: String, limit: JSONValue)
    case addConsumer(ControlConsumer)
    case cancelConsumer(queue: String)
    /// Our own, which Celery's workers answer as unknown.
    case pause(ControlPause)
    /// Our own, too: lifts a pause of the same words.
    case resume(ControlPause)

    /// Reads a command.
    ///
    /// - Throws: `PythonException`, what Celery's worker would answer as error: a `KeyError` for an unknown command, a
    ///   `TypeError` for missing arguments.
    public init(_ request: ControlRequest) throws(PythonException) {
        let arguments = ControlArguments(request.method, request.arguments)
        switch request.method {
        case "ping": self = .ping
        case "revoke":
            try arguments.require("task_id")
            self = .revoke(
                ControlRevocation(
                    ids: try ControlRevocation.ids(arguments["task_id"]),
                    terminates: PythonTruth.of(arguments["terminate"]),
                    signal: arguments["signal"]
                )
            )
        case "terminate":
            try arguments.require("signal", "task_id")
            self = .revoke(
                ControlRevocation(
                    ids: try ControlRevocation.ids(arguments["task_id"]),
                    terminates: true,
                    signal: arguments["signal"]
                )
            )
        case "revoke_by_stamped_headers":
            try arguments.require("headers")
            self = .revokeByStampedHeaders(
                ControlStampRevocation(
                    headers: try ControlStampRevocation.headers(arguments["headers"]),
                    terminates: PythonTruth.of(arguments["terminate"]),
                    signal: try ControlSignal.number(arguments["signal"])
                )
            )
        case "rate_limit":
            try arguments.require("task_name", "rate_limit")
            self = .rateLimit(task: try arguments.text("task_name"), limit: arguments["rate_limit"])
        case "add_consumer":
            try arguments.require("queue")
            self = .addConsumer(try ControlConsumer(arguments))
        case "cancel_consumer":
            try arguments.require("queue")
            self = .cancelConsumer(queue: try arguments.text("queue"))
        case "pause": self = .pause(try ControlPause(arguments))
        case "resume": self = .resume(try ControlPause(arguments))
        default: throw .keyError(request.method)
        }
    }
}

/// The arguments of a command, with Python's words for those that are missing.
struct ControlArguments {
    let method: String
    let members: JSONObject

    init(_ method: String, _ members: JSONObject) {
        self.method = method
        self.members = members
    }

    /// An argument; null when it is absent.
    subscript(name: String) -> JSONValue { members[name] ?? .null }

    func require(_ names: String...) throws(PythonException) {
        let missing = names.filter { members[$0] == nil }.map { "'\($0)'" }
        guard !missing.isEmpty else { return }
        let plural = missing.count == 1 ? "" : "s"
        let list = missing.joined(separator: " and ")
        throw .typeError("\(method)() missing \(missing.count) required positional argument\(plural): \(list)")
    }

    func text(_ name: String) throws(PythonException) -> String {
        guard let text = self[name].string else {
            throw .typeError("\(method)() argument '\(name)' must be str, not \(PythonRepr.repr(self[name]))")
        }
        return text
    }
}

/// What Python takes for true.
enum PythonTruth {
    static func of(_ value: JSONValue) -> Bool {
        switch value {
        case .null: false
        case .bool(let value): value
        case .integer(let value): value != 0
        case .bigInteger: true
        case .double(let value): value != 0
        case .string(let text): !text.isEmpty
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        }
    }
}

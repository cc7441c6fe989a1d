import JSON

extension PythonException {
    static let celery = "celery.exceptions"
    static let billiard = "billiard.exceptions"

    // Python's own.

    public static func valueError(_ message: String) -> PythonException {
        PythonException(type: "ValueError", arguments: [.string(message)])
    }

    public static func typeError(_ message: String) -> PythonException {
        PythonException(type: "TypeError", arguments: [.string(message)])
    }

    public static func runtimeError(_ message: String) -> PythonException {
        PythonException(type: "RuntimeError", arguments: [.string(message)])
    }

    public static func keyError(_ key: String) -> PythonException {
        PythonException(type: "KeyError", arguments: [.string(key)])
    }

    public static func timeoutError(_ message: String) -> PythonException {
        PythonException(type: "TimeoutError", arguments: [.string(message)])
    }

    public static func permissionError(_ message: String) -> PythonException {
        PythonException(type: "PermissionError", arguments: [.string(message)])
    }

    public static func connectionError(_ message: String) -> PythonException {
        PythonException(type: "ConnectionError", arguments: [.string(message)])
    }

    public static func notImplementedError(_ message: String) -> PythonException {
        PythonException(type: "NotImplementedError", arguments: [.string(message)])
    }

    /// An `OSError` with its number, as Python's file functions raise it.
    public static func osError(_ number: Int32, _ message: String) -> PythonException {
        PythonException(type: "OSError", arguments: [.integer(Int64(number)), .string(message)])
    }

    /// What Python raises when it opens a file that is not there. Like Python's, its arguments do not hold the path.
    public static func fileNotFound(_ message: String = "No such file or directory") -> PythonException {
        PythonException(type: "FileNotFoundError", arguments: [.integer(2), .string(message)])
    }

    // Celery's.

    /// No task of that name is registered.
    public static func notRegistered(_ name: String) -> PythonException {
        PythonException(type: "NotRegistered", module: celery, arguments: [.string(name)])
    }

    /// The task did not run, or was stopped.
    public static func taskRevoked(_ reason: RevokedReason) -> PythonException {
        PythonException(type: "TaskRevokedError", module: celery, arguments: [.string(reason.rawValue)])
    }

    /// Why a task is revoked.
    public enum RevokedReason: String, Sendable, Hashable {
        case revoked, expired, terminated
    }

    /// The message is not a proper task.
    public static func invalidTask(_ message: String) -> PythonException {
        PythonException(type: "InvalidTaskError", module: celery, arguments: [.string(message)])
    }

    /// The task refused its message.
    public static func reject(_ reason: String?, requeue: Bool = false) -> PythonException {
        let reason = reason.map(JSONValue.string) ?? .null
        return PythonException(type: "Reject", module: celery, arguments: [reason, .bool(requeue)])
    }

    /// A part of a chord failed.
    public static func chordError(_ message: String) -> PythonException {
        PythonException(type: "ChordError", module: celery, arguments: [.string(message)])
    }

    /// The task was retried as often as it may be.
    public static func maxRetriesExceeded(
        task: String,
        id: String,
        argsRepr: String,
        kwargsRepr: String
    ) -> PythonException {
        let message = "Can't retry \(task)[\(id)] args:\(argsRepr) kwargs:\(kwargsRepr)"
        return PythonException(type: "MaxRetriesExceededError", module: celery, arguments: [.string(message)])
    }

    // Billiard's.

    /// The worker process or thread that ran the task is gone.
    public static func workerLost(_ message: String) -> PythonException {
        PythonException(type: "WorkerLostError", module: billiard, arguments: [.string(message)])
    }

    /// The hard time limit of so many seconds has passed.
    public static func timeLimitExceeded(_ seconds: Double) -> PythonException {
        let limit = Int64(exactly: seconds).map(JSONValue.integer) ?? .double(seconds)
        return PythonException(type: "TimeLimitExceeded", module: billiard, arguments: [limit])
    }

    /// The soft time limit has passed.
    public static var softTimeLimitExceeded: PythonException {
        PythonException(type: "SoftTimeLimitExceeded", module: billiard)
    }

    /// The task was terminated by request.
    public static func terminated(signal: Int32) -> PythonException {
        PythonException(type: "Terminated", module: billiard, arguments: [.integer(Int64(signal))])
    }
}

public import JSON
import OrderedCollections

/// A task's state and result as result backends store and send it (Celery reference, 5.2).
public struct ResultMeta: Sendable {
    /// One of `TaskState`, or a state of the task's own.
    public var status: String
    /// The return value, the exception, or what belongs to the state.
    public var result: JSONFragment
    public var traceback: String?
    /// The tasks that this one published, `[[[id, parent], children], …]`; `nil` without a request, else `[]` for none.
    public var children: [JSONValue]?
    /// When the task ended; `nil` unless it has.
    public var dateDone: Instant?
    /// The offset of the application's time zone at `dateDone`, in seconds.
    public var utcOffset = 0
    public var groupID: String?
    public var parentID: String?
    /// What `result_extended` adds.
    public var extended: Extended?
    public var taskID: String

    public init(
        taskID: String,
        status: String,
        result: JSONFragment,
        traceback: String? = nil,
        children: [JSONValue]? = [],
        dateDone: Instant? = nil
    ) {
        self.taskID = taskID
        self.status = status
        self.result = result
        self.traceback = traceback
        self.children = children
        self.dateDone = dateDone
    }

    /// The task returned.
    public static func success(taskID: String, result: JSONFragment, at time: Instant) -> ResultMeta {
        ResultMeta(taskID: taskID, status: TaskState.success, result: result, dateDone: time)
    }

    /// The task raised; the traceback is the exception's.
    public static func failure(taskID: String, _ exception: PythonException, at time: Instant) -> ResultMeta {
        ResultMeta(
            taskID: taskID,
            status: TaskState.failure,
            result: exception.fragment,
            traceback: exception.traceback,
            dateDone: time
        )
    }

    /// The task began to run.
    public static func started(taskID: String, pid: Int32, hostname: String) -> ResultMeta {
        let place: JSONValue = .object(["pid": .integer(Int64(pid)), "hostname": .string(hostname)])
        return ResultMeta(taskID: taskID, status: TaskState.started, result: JSONFragment(place))
    }

    /// A state of the task's own, for example progress.
    public static func custom(taskID: String, state: String, meta: JSONFragment) -> ResultMeta {
        ResultMeta(taskID: taskID, status: state, result: meta)
    }

    /// The task is to run again; `exception` is why, if it raised.
    public static func retry(taskID: String, _ exception: PythonException?) -> ResultMeta {
        ResultMeta(
            taskID: taskID,
            status: TaskState.retry,
            result: exception?.fragment ?? .null,
            traceback: exception?.traceback,
            children: [ResultMeta.child(taskID)]
        )
    }

    /// The task did not run, or was stopped.
    public static func revoked(
        taskID: String,
        _ reason: PythonException.RevokedReason,
        at time: Instant
    ) -> ResultMeta {
        ResultMeta(
            taskID: taskID,
            status: TaskState.revoked,
            result: PythonException.taskRevoked(reason).fragment,
            dateDone: time
        )
    }

    /// The form of one published task in `children`.
    public static func child(_ id: String) -> JSONValue {
        .array([.array([.string(id), .null]), .null])
    }

    /// Takes group and parent from the task's message.
    public mutating func setOrigin(_ headers: TaskHeaders) {
        groupID = headers.group
        parentID = headers.parentID
    }
}

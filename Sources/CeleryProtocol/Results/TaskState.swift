/// The names of a task's states in results (Celery reference, 5.1); a task may store others of its own.
public enum TaskState {
    public static let pending = "PENDING"
    public static let received = "RECEIVED"
    public static let started = "STARTED"
    public static let success = "SUCCESS"
    public static let failure = "FAILURE"
    public static let retry = "RETRY"
    public static let revoked = "REVOKED"
    public static let rejected = "REJECTED"
    public static let ignored = "IGNORED"

    /// Whether nothing comes after the state; only then a result has a `date_done`.
    public static func isReady(_ state: String) -> Bool {
        state == success || state == failure || state == revoked
    }

    /// Whether the result of the state is an exception.
    public static func hasException(_ state: String) -> Bool {
        state == failure || state == retry || state == revoked
    }
}

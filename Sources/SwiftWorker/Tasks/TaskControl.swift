/// Thrown by a body to end in another way than success or failure, as Python's exceptions of the same names.
public enum TaskControl: Error, Sendable, Hashable {
    /// Nothing is stored; the message is acked.
    case ignore
    /// The message is rejected: given back to the broker, or failed and dead-lettered where a policy says so. Needs late
    /// acknowledgement to have an effect on the message (Celery reference, 3.4).
    case reject(reason: String, requeue: Bool)
}

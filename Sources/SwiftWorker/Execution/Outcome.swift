import CeleryProtocol
import JSON

/// How a task ended: what a pool hands to completion.
enum Outcome: Sendable {
    /// The body returned; its result is encoded already.
    case success(JSONFragment)
    /// The body threw, or could not be called with these arguments.
    case failure(PythonException)
    /// The body wants nothing stored.
    case ignored
    /// The body refuses the message.
    case rejected(reason: String, requeue: Bool)
    /// The message's `expires` has passed.
    case expired
    /// No task of that name is registered.
    case unregistered
    /// The message can't be understood.
    case refused(InvalidMessage)
    /// The worker stopped the body, or would not let it start any more.
    case cancelled
}

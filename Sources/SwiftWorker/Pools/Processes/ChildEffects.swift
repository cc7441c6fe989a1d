import BrokerModel
import CeleryProtocol

/// What the worker does for bodies that run in child processes. A child does not wait for it: its body goes on, and the
/// task is not complete before all of it has ended.
protocol ChildEffects: Sendable {
    /// Stores a state of the body's own, behind those before it. `ended` is called once, with what went wrong.
    func store(
        _ state: String,
        _ meta: JSONFragment,
        of request: Request,
        ended: @escaping @Sendable ((any Error)?) -> Void
    )

    /// Tells monitors something of the body's own.
    func sendEvent(_ type: String, _ fields: JSONFragment, of request: Request)

    /// Publishes a task of that id. `ended` is called once, with what went wrong.
    ///
    /// - Parameter request: the task that publishes, unless it is over already.
    func publish(
        _ message: OutgoingMessage,
        id: String,
        of request: Request?,
        ended: @escaping @Sendable ((any Error)?) -> Void
    )
}

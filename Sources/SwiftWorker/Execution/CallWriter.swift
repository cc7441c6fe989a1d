import BrokerModel
import CeleryProtocol
import FoundationEssentials
import Tracing

/// Makes the message of a task that a body publishes.
struct CallWriter: Sendable {
    let routes: RouteTable
    /// The worker's node name.
    let origin: String
    let clock: WorkerClock
    var tracing = TaskTracing()

    /// - Throws: when no queue is named and none follows from `task_routes`, or the arguments can't be encoded.
    func message(_ call: TaskCall, from request: TaskRequest) throws -> (id: String, OutgoingMessage) {
        guard let queue = call.queue ?? routes.queue(of: call.task) else {
            throw WorkerError(
                .configuration,
                "task_routes leads '\(call.task)' to an exchange; name a queue to enqueue it from a task"
            )
        }
        let now = clock.wall()
        var task = OutgoingTask(
            task: call.task,
            id: UUID().uuidString.lowercased(),
            args: call.arguments,
            kwargs: call.keywordArguments,
            origin: origin
        )
        task.eta = call.countdown.map { now + $0 }
        task.expires = call.expiresIn.map { now + $0 }
        task.priority = call.priority ?? 0
        task.ignoreResult = call.ignoreResult
        task.rootID = request.rootID ?? request.id
        task.parentID = request.id
        task.replyTo = request.replyTo
        if let tracing, let context = ServiceContext.current { task.headers = tracing.headers(of: context) }
        return (task.id, try task.message(exchange: "", routingKey: queue, now: now))
    }
}

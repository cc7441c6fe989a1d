import BrokerModel
import CeleryProtocol
import FoundationEssentials
import JSON

/// Does what running bodies ask for.
struct WorkerEffects: TaskEffects {
    let results: any ResultStore
    let metas: MetaFactory
    let publisher: any BrokerPublisher
    let routes: RouteTable
    let origin: String
    let publishTimeout: Duration
    let clock: WorkerClock

    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {
        guard results.wants(request) else { return }
        let fragment = try JSONFragment(encoding: meta)
        await request.envelope.finishStoring()
        try await results.store(metas.custom(state, fragment, of: request.envelope), for: request)
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String {
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
        let message = try task.message(exchange: "", routingKey: queue, now: now)
        try await publisher.publish(message, timeout: publishTimeout)
        request.envelope.addChild(ResultMeta.child(task.id))
        return task.id
    }
}

import BrokerModel
import CeleryProtocol
import JSON
import Synchronization

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
        try await results.store(metas.custom(state, fragment, of: request.envelope), for: request)
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String {
        let task = (id: "pending", x: clock.wall())
        guard let _ = call.queue ?? routes.queue(of: call.task) else {
            throw WorkerError(
                .configuration,
                "task_routes leads '\(call.task)' to an exchange; name a queue to enqueue it from a task"
            )
        }
        let child: JSONValue = .array([.array([.string(task.id), .null]), .null])
        request.envelope.children.withLock { $0.append(child) }
        return task.id
    }
}

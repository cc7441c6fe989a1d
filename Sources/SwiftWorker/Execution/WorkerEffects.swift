import BrokerModel
import CeleryProtocol
import JSON

/// Does what running bodies ask for.
struct WorkerEffects: TaskEffects {
    let results: any ResultStore
    let metas: MetaFactory
    let publisher: any BrokerPublisher
    let calls: CallWriter
    let publishTimeout: Duration
    let events: TaskEvents

    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {
        guard results.wants(request) else { return }
        let fragment = try JSONFragment(encoding: meta)
        await request.envelope.finishStoring()
        try await results.store(metas.custom(state, fragment, of: request.envelope), for: request)
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String {
        let (id, message) = try calls.message(call, from: request)
        try await publisher.publish(message, timeout: publishTimeout)
        events.sent(message)
        request.envelope.addChild(ResultMeta.child(id))
        return id
    }

    func sendEvent(_ type: String, _ fields: JSONObject, of request: TaskRequest) {
        events.dispatcher?.send(.custom(type: type, fields: fields), of: request.id)
    }
}

extension WorkerEffects: ChildEffects {
    func store(
        _ state: String,
        _ meta: JSONFragment,
        of request: Request,
        ended: @escaping @Sendable ((any Error)?) -> Void
    ) {
        let request = TaskRequest(envelope: request.envelope)
        guard results.wants(request) else { return ended(nil) }
        request.envelope.chainStore {
            do {
                try await results.store(metas.custom(state, meta, of: request.envelope), for: request)
                ended(nil)
            } catch {
                ended(error)
            }
        }
    }

    func sendEvent(_ type: String, _ fields: JSONFragment, of request: Request) {
        guard let document = try? JSONDocument(fields.bytes), let fields = document.root.value.object else { return }
        events.dispatcher?.send(.custom(type: type, fields: fields), of: request.id)
    }

    func publish(
        _ message: OutgoingMessage,
        id: String,
        of request: Request?,
        ended: @escaping @Sendable ((any Error)?) -> Void
    ) {
        Task.immediate {
            do {
                try await publisher.publish(message, timeout: publishTimeout)
                events.sent(message)
                request?.envelope.addChild(ResultMeta.child(id))
                ended(nil)
            } catch {
                ended(error)
            }
        }
    }
}

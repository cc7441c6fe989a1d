import CeleryProtocol
import JSON
import OrderedCollections

/// Hands what a body asks for to the parent, and does not wait for it.
struct ChildTaskEffects: TaskEffects {
    let link: ChildLink
    let job: Int
    let calls: CallWriter

    func updateState(_ state: String, meta: any Encodable & Sendable, of request: TaskRequest) async throws {
        try link.send(.state(job: job, name: state, meta: try JSONFragment(encoding: meta)))
    }

    func enqueue(_ call: TaskCall, from request: TaskRequest) async throws -> String {
        let (id, message) = try calls.message(call, from: request)
        try link.send(.publish(job: job, id: id, message))
        return id
    }

    func sendEvent(_ type: String, _ fields: JSONObject, of request: TaskRequest) throws {
        try link.send(.event(job: job, type: type, fields: JSONFragment(encoding: JSONValue.object(fields))))
    }
}

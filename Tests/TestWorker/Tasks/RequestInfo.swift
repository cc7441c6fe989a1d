import BrokerModel
import JSON
import OrderedCollections
import SwiftWorker

/// What a body can learn of its own message.
struct RequestInfo: WorkerTask {
    static let name = "twin.request_info"
    struct Arguments: Decodable {}

    private static let known: Set<String> = [
        "lang", "task", "id", "shadow", "eta", "expires", "group", "group_index", "retries", "timelimit", "root_id",
        "parent_id", "argsrepr", "kwargsrepr", "origin", "ignore_result", "replaced_task_nesting", "stamped_headers",
        "stamps", "compression",
    ]

    func run(_ arguments: Arguments, _ context: TaskContext) -> JSONValue {
        let request = context.request
        let headers = request.headers
        let custom = headers.entries.filter { !Self.known.contains($0.name) }
        return [
            "id": .string(request.id),
            "task": .string(request.task),
            "root_id": text(request.rootID),
            "parent_id": text(request.parentID),
            "group": text(request.group),
            "retries": .integer(Int64(request.retries)),
            "eta": json(headers["eta"]),
            "expires": json(headers["expires"]),
            "timelimit": headers["timelimit"].map(json) ?? [.null, .null],
            "correlation_id": text(request.correlationID),
            "has_reply_to": .bool(request.replyTo?.isEmpty == false),
            "has_origin": .bool(request.origin?.isEmpty == false),
            "hostname": .string(request.hostname),
            "argsrepr": json(headers["argsrepr"]),
            "kwargsrepr": json(headers["kwargsrepr"]),
            "delivery_info": [
                "exchange": .string(request.exchange),
                "routing_key": .string(request.routingKey),
                "priority": request.priority.map { .integer(Int64($0)) } ?? .null,
                "redelivered": .bool(request.isRedelivered),
            ],
            "custom": json(.table(FieldTable(custom))),
        ]
    }

    private func text(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }

    private func json(_ value: FieldValue?) -> JSONValue {
        switch value {
        case nil, .void: .null
        case .bool(let value): .bool(value)
        case .string(let value): .string(value)
        case .array(let values): .array(values.map(json))
        case .table(let table):
            .object(JSONObject(table.entries.map { ($0.name, json($0.value)) }, uniquingKeysWith: { $1 }))
        case .some(let value):
            value.integer.map { .integer(Int64($0)) } ?? value.number.map(JSONValue.double) ?? .string("\(value)")
        }
    }
}
